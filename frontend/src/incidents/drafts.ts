/** What was typed and not sent, kept for each incident and person through changes of the selection and reloads. */
import { defineStore } from "pinia";
import { personal } from "@/state/personal";
import { useSession } from "@/state/session";

export type Draft = Readonly<Record<string, string>>;
type Drafts = Readonly<Record<string, Draft>>;

/** So many are kept, the newest. */
const KEPT = 60;

function isDraft(value: unknown): value is Draft {
  return typeof value === "object" && value !== null && Object.values(value).every((text) => typeof text === "string");
}

function isDrafts(value: unknown): value is Drafts {
  return typeof value === "object" && value !== null && Object.values(value).every(isDraft);
}

/** The drafts with this one changed: last, so that the oldest fall out; blank ones are not kept. Pure. */
export function withDraft(drafts: Drafts, key: string, draft: Draft): Drafts {
  const others = Object.entries(drafts).filter(([other]) => other !== key);
  const isBlank = Object.values(draft).every((text) => text.trim() === "");
  const kept = isBlank ? others : [...others, [key, draft] as const];
  return Object.fromEntries(kept.slice(-KEPT));
}

export const useDrafts = defineStore("drafts", () => {
  const session = useSession();
  const drafts = personal<Drafts>(() => session.me?.id ?? null, "incident.drafts", {}, isDrafts);

  function of<D extends object>(key: string, blank: D): D {
    return { ...blank, ...drafts.value[key] };
  }

  function keep(key: string, draft: object): void {
    drafts.value = withDraft(drafts.value, key, draft as Draft);
  }

  function forget(key: string): void {
    drafts.value = withDraft(drafts.value, key, {});
  }

  return { of, keep, forget };
});
