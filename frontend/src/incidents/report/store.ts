/** The form of a new incident: whether it is open, and what is in it. What was typed outlives the page. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { usePicking } from "@/state/picking";
import { stored } from "@/state/storage";
import { EMPTY_REPORT, isBlank, isReportDraft, type ReportDraft } from "./draft";

export const useNewIncident = defineStore("newIncident", () => {
  const picking = usePicking();
  const draft = stored<ReportDraft>("incident.new", EMPTY_REPORT, isReportDraft);
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
    draft.value = { ...draft.value, ...part };
  }

  function clear(): void {
    draft.value = { ...EMPTY_REPORT, source: draft.value.source };
  }

  return { draft, shown, unfinished, open, close, change, clear };
});
