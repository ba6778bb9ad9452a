/**
 * The form of a new incident: whether it is open, and what is in it. What was typed outlives the page; who calls is
 * kept in this tab only.
 */
import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";
import { usePicking } from "@/state/picking";
import { personal } from "@/state/personal";
import { useSession } from "@/state/session";
import { EMPTY_CASE, EMPTY_REPORT, isBlank, isCallerDraft, isCaseDraft, NO_CALLER, partsOf, type ReportDraft } from "./draft";

export const useNewIncident = defineStore("newIncident", () => {
  const picking = usePicking();
  const session = useSession();
  const who = (): number | null => session.me?.id ?? null;
  const about = personal(who, "incident.new", EMPTY_CASE, isCaseDraft);
  const caller = personal(who, "incident.new.caller", NO_CALLER, isCallerDraft, "session");
  const draft = computed<ReportDraft>(() => ({ ...about.value, ...caller.value }));
  const shown = ref(false);
  /** Typed, and not yet sent. */
  const unfinished = computed(() => !isBlank(draft.value));

  function open(): void {
    shown.value = true;
  }

  function close(): void {
    shown.value = false;
    picking.cancel();
  }

  function change(part: Partial<ReportDraft>): void {
    [about.value, caller.value] = partsOf({ ...draft.value, ...part });
  }

  function clear(): void {
    change({ ...EMPTY_REPORT, source: draft.value.source });
  }

  // Nobody is there any more: the next one does not begin in a form that was left open.
  watch(who, close);

  return { draft, shown, unfinished, open, close, change, clear };
});
