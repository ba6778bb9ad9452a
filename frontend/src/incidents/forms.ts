/** Which form an action wants, out of the needs that the server names. Pure. */
import type { IncidentAction, IncidentNeed } from "@/api/types";
import type { Jurisdiction, JurisdictionCode } from "@/feed/types";

/** They follow from tasks and have no route of their own. */
const BY_TASKS: ReadonlySet<IncidentAction> = new Set(["dispatch", "reinforce", "start", "handle", "send_back"]);

/** Which a person most likely wants next; the others stand behind it. */
const FIRST: readonly IncidentAction[] = ["accept", "dispatch", "verify", "close", "resume", "reinforce"];

export function isByTasks(action: IncidentAction): boolean {
  return BY_TASKS.has(action);
}

export function mayDispatch(actions: readonly { readonly action: IncidentAction }[]): boolean {
  return actions.some(({ action }) => action === "dispatch" || action === "reinforce");
}

/** The actions that a console offers, the likeliest first. */
export function offered<A extends { readonly action: IncidentAction }>(actions: readonly A[]): readonly A[] {
  const rank = ({ action }: A): number => {
    const at = FIRST.indexOf(action);
    return at < 0 ? FIRST.length : at;
  };
  return actions
    .filter(({ action }) => !isByTasks(action) || action === "dispatch" || action === "reinforce")
    .toSorted((a, b) => rank(a) - rank(b));
}

/** What can be done to an incident with a form: a transition, or what stands beside them. */
export type Deed = IncidentAction | "supervise" | "ask_extension" | "decide_extension" | "ask_help" | "answer_help";

/** What a person has filled in so far; all of it text, so that it can be kept. */
export interface DeedDraft {
  readonly text: string;
  readonly target: string;
  readonly until: string;
  readonly score: string;
  readonly into: string;
  readonly minutes: string;
  readonly granted: string;
  readonly asks: string;
}
export type DeedField = keyof DeedDraft;

export const BLANK: DeedDraft = { text: "", target: "", until: "", score: "", into: "", minutes: "", granted: "", asks: "closed" };

const FIELD: Readonly<Record<IncidentNeed, DeedField | null>> = {
  reason: "text",
  feedback: "text",
  photo: null,
  until: "until",
  score: "score",
  target: "target",
  units: null,
  into: "into",
};

export interface DeedForm {
  readonly required: readonly DeedField[];
  readonly optional: readonly DeedField[];
}

/** The fields of a form: a word may go with anything. */
export function formOf(deed: Deed, needs: readonly IncidentNeed[] = []): DeedForm {
  switch (deed) {
    case "supervise":
      return { required: ["text", "asks"], optional: ["until"] };
    case "ask_extension":
      return { required: ["minutes", "text"], optional: [] };
    case "ask_help":
    case "answer_help":
      return { required: ["text"], optional: [] };
    case "decide_extension":
      return { required: ["granted"], optional: ["text"] };
    default: {
      const required = needs.map((need) => FIELD[need]).filter((field) => field !== null);
      return { required, optional: required.includes("text") ? [] : ["text"] };
    }
  }
}

export function isComplete({ required }: DeedForm, draft: DeedDraft): boolean {
  return required.every((field) => draft[field].trim() !== "");
}

export interface DeedRequest {
  readonly path: string;
  readonly body: object;
}

function moment(local: string): string | null {
  return local === "" ? null : new Date(local).toISOString();
}

/** What is sent to `/incidents/{id}…`. */
export function requestOf(deed: Deed, form: DeedForm, version: number, draft: DeedDraft): DeedRequest {
  const text = draft.text.trim();
  switch (deed) {
    case "supervise":
      return { path: "/supervisions", body: { text, asks: draft.asks, due_at: moment(draft.until) } };
    case "ask_extension":
      return { path: "/extensions", body: { minutes: Number(draft.minutes), reason: text } };
    case "ask_help":
      return { path: "/help", body: { text } };
    case "answer_help":
      return { path: "/help/answer", body: { text } };
    case "decide_extension":
      return { path: "/extensions/decision", body: { granted: draft.granted === "yes", note: text } };
    default: {
      const wants = (field: DeedField): boolean => form.required.includes(field);
      const body = {
        version,
        text,
        ...(wants("target") ? { target: draft.target } : {}),
        ...(wants("until") ? { until: moment(draft.until) } : {}),
        ...(wants("score") ? { score: Number(draft.score) } : {}),
        ...(wants("into") ? { into: Number(draft.into) } : {}),
      };
      return { path: `/actions/${deed}`, body };
    }
  }
}

/** Deeds that stand beside the transitions; each wants words. */
const BESIDE: ReadonlySet<string> = new Set(["supervise", "ask_extension", "decide_extension", "ask_help", "answer_help"]);

export function isBeside(deed: string): boolean {
  return BESIDE.has(deed);
}

/** Down goes below the owner, sideways to another of the same parent. */
export function isTarget(action: Deed, owner: JurisdictionCode, area: Jurisdiction, parent: string | null): boolean {
  if (action === "transfer_down") return area.code.startsWith(owner) && area.code.length > owner.length;
  return area.code !== owner && area.code.length === owner.length && area.parent === parent;
}

/** `2026-11-23T09:30`, as a field for date and time wants it, in this machine's zone. */
export function localMinute(at: number): string {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
