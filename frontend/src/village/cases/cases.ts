/** What a village has to do with its cases, and what is asked of it now. Pure. */
import type { IncidentAction, IncidentNeed } from "@/api/types";
import type { Incident, JurisdictionCode, Task } from "@/feed/types";
import { arrange, isOwed, OPEN } from "@/incidents/filter";

/** Whose eyes look: the codes of their posts, their units, and the server's time. */
export interface Ours {
  readonly codes: ReadonlySet<JurisdictionCode>;
  readonly units: ReadonlySet<number>;
  readonly now: number;
}

type OurTask = Pick<Task, "incident" | "unit" | "state">;

const UNDER_WAY: ReadonlySet<Task["state"]> = new Set(["acknowledged", "en_route", "on_scene"]);
const UNANSWERED: ReadonlySet<Task["state"]> = new Set(["created", "delivered"]);

export const ASKS = ["answer", "feedback", "take", "check", "wait", "suspended", "ended"] as const;
export type Ask = (typeof ASKS)[number];

/** What a case asks of this village, by its stage, its owner and the tasks of the village's own units. */
export function askOf(incident: Incident, tasks: Iterable<OurTask>, { codes, units }: Ours): Ask {
  if (!isOwed(incident)) return "ended";
  if (incident.stage === "suspended") return "suspended";
  const mine = [...tasks].filter((task) => task.incident === incident.id && units.has(task.unit));
  if (mine.some(({ state }) => UNANSWERED.has(state))) return "answer";
  if (mine.some(({ state }) => UNDER_WAY.has(state))) return "feedback";
  if (!codes.has(incident.owner)) return "wait";
  if (incident.stage === "reported" || incident.stage === "accepted") return "take";
  // Whoever was sent never verifies: then it waits for another.
  return incident.stage === "handled" && mine.length === 0 ? "check" : "wait";
}

const TODO: ReadonlySet<Ask> = new Set(["answer", "feedback", "take", "check"]);

export interface Listed {
  readonly incident: Incident;
  readonly ask: Ask;
}

export interface Groups {
  readonly todo: readonly Listed[];
  readonly others: readonly Listed[];
  readonly ended: readonly Listed[];
}

/** The cases in three heaps, each with what is late or grave first. */
export function groupsOf(incidents: Iterable<Incident>, tasks: readonly OurTask[], ours: Ours): Groups {
  const listed = arrange(incidents, { ...OPEN, group: "all" }, { codes: ours.codes, now: ours.now }).map(
    (incident): Listed => ({ incident, ask: askOf(incident, tasks, ours) }),
  );
  return {
    todo: listed.filter(({ ask }) => TODO.has(ask)),
    others: listed.filter(({ ask }) => ask === "wait" || ask === "suspended"),
    ended: listed.filter(({ ask }) => ask === "ended"),
  };
}

/** What can be done on this page, in its own words. */
export type Act =
  | "take"
  | "accept"
  | "acknowledge"
  | "start"
  | "arrive"
  | "done"
  | "decline"
  | "verify"
  | "return"
  | "transfer_up"
  | "ask_extension"
  | "ask_help"
  | "note";

export interface Offer {
  readonly act: Act;
  readonly needsPhoto: boolean;
}

/** What the server allows: of the case, of the task of one's own unit, and beside both. */
export interface Allowed {
  readonly actions: readonly { readonly action: IncidentAction; readonly needs: readonly IncidentNeed[] }[];
  readonly steps: readonly { readonly step: string; readonly needs: readonly string[] }[];
  readonly may: { readonly ask_extension: boolean; readonly ask_help: boolean };
  /** Whether more time is asked for already. */
  readonly extension: boolean;
  readonly hasOwnUnit: boolean;
  readonly mayComment: boolean;
}

export interface Offers {
  /** In the order in which they are most likely wanted. */
  readonly now: readonly Offer[];
  readonly more: readonly Offer[];
}

const STEPS_NOW = ["acknowledge", "done", "arrive", "start"] as const;
const ACTIONS_NOW = ["accept", "verify"] as const;
const ACTIONS_MORE = ["return", "transfer_up"] as const;

/** The buttons of a case: what is asked for now, and what one can do besides. */
export function offersOf({ actions, steps, may, extension, hasOwnUnit, mayComment }: Allowed): Offers {
  const does = (action: IncidentAction): boolean => actions.some((one) => one.action === action);
  const step = (name: string): Offer[] =>
    steps
      .filter((one) => one.step === name)
      .map(({ needs }) => ({ act: name as Act, needsPhoto: needs.includes("photo") }));
  const plain = (act: Act, offered: boolean): Offer[] => (offered ? [{ act, needsPhoto: false }] : []);
  const isSent = steps.length > 0;
  return {
    now: [
      ...plain("take", does("dispatch") && hasOwnUnit && !isSent),
      ...STEPS_NOW.flatMap((name) => (name === "start" && step("done").length > 0 ? [] : step(name))),
      ...ACTIONS_NOW.flatMap((action) => plain(action, does(action))),
    ],
    more: [
      ...step("decline"),
      ...ACTIONS_MORE.flatMap((action) => plain(action, does(action))),
      ...plain("ask_extension", may.ask_extension && !extension),
      ...plain("ask_help", may.ask_help),
      ...plain("note", mayComment),
    ],
  };
}

/** What an act wants to be told before it is done. */
export interface Wants {
  readonly text: "required" | "optional" | "none";
  readonly photos: boolean;
  readonly minutes: boolean;
}

const ASKING: ReadonlySet<Act> = new Set(["done", "decline", "return", "transfer_up", "ask_extension", "ask_help"]);

export function wantsOf(act: Act): Wants {
  if (act === "note") return { text: "optional", photos: true, minutes: false };
  return {
    text: ASKING.has(act) ? "required" : "none",
    photos: act === "done" || act === "ask_help",
    minutes: act === "ask_extension",
  };
}

export function isAsking(act: Act): boolean {
  return wantsOf(act).text !== "none";
}

/** Phrases that save typing, by the ends of their keys. */
export const PHRASES: Readonly<Partial<Record<Act, readonly string[]>>> = {
  done: ["solved", "nothing", "talked"],
  decline: ["busy", "far"],
  return: ["again"],
  transfer_up: ["equipment", "people", "far"],
  ask_extension: ["waiting", "people"],
  ask_help: ["people", "equipment", "police"],
};
