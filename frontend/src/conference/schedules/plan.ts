/** Planned conferences as the console lists, asks for and edits them. Pure. */
import type { components } from "@generated/api";
import type { Schedule, Severity } from "@/feed/types";

type Schemas = components["schemas"];
export type PlannedConference = Schemas["PlannedConference"];
export type PostWanted = Readonly<{ code: string; role: Schemas["Role"] | null }>;
export type Repeats = Schedule["repeats"];

export const REPEATS = ["once", "daily", "weekly"] as const satisfies readonly Repeats[];
/** Minutes before. */
export const LEADS = [0, 5, 10, 15, 30, 60] as const;
/** Whose posts may have a seat. */
export const JOINING_ROLES = ["dispatcher", "township_officer", "village_officer", "department_officer", "patrol"] as const satisfies readonly Schemas["Role"][];

/** A form as it is typed. */
export interface Draft {
  title: string;
  code: string;
  severity: Severity;
  repeats: Repeats;
  firstDay: string;
  at: string;
  weekdays: readonly number[];
  until: string;
  lead: number;
  byItself: boolean;
  automatic: boolean;
  lobby: boolean;
  invite: readonly PostWanted[];
}

export function newDraft(code: string, today: string): Draft {
  return { title: "", code, severity: 3, repeats: "daily", firstDay: today, at: "09:00", weekdays: [1, 2, 3, 4, 5], until: "", lead: 10, byItself: false, automatic: false, lobby: false, invite: [] };
}

export function draftOf(schedule: Schedule): Draft {
  return {
    title: schedule.title,
    code: schedule.code,
    severity: schedule.severity,
    repeats: schedule.repeats,
    firstDay: schedule.first_day,
    at: schedule.at,
    weekdays: schedule.weekdays.length > 0 ? schedule.weekdays : [1, 2, 3, 4, 5],
    until: schedule.until ?? "",
    lead: schedule.lead_minutes,
    byItself: schedule.by_itself,
    automatic: schedule.automatic,
    lobby: schedule.lobby,
    invite: schedule.invite.map(({ code, role }) => ({ code, role: role as PostWanted["role"] })),
  };
}

export function requestOf(draft: Draft): PlannedConference {
  return {
    title: draft.title.trim(),
    code: draft.code,
    severity: draft.severity,
    repeats: draft.repeats,
    first_day: draft.firstDay,
    at: draft.at,
    weekdays: draft.repeats === "weekly" ? [...draft.weekdays] : [],
    until: draft.repeats === "once" || draft.until === "" ? null : draft.until,
    lead_minutes: draft.lead,
    by_itself: draft.byItself,
    automatic: draft.automatic,
    lobby: draft.lobby,
    invite: [...draft.invite],
  };
}

/** The fields that must be filled in yet, in the order in which they stand. */
export function missing(draft: Draft): readonly ("title" | "at" | "firstDay" | "weekdays")[] {
  const wanted = { title: draft.title.trim(), at: draft.at, firstDay: draft.firstDay };
  const empty = (["title", "at", "firstDay"] as const).filter((name) => wanted[name] === "");
  return draft.repeats === "weekly" && draft.weekdays.length === 0 ? [...empty, "weekdays"] : empty;
}

/** With these posts more, each once. */
export function withPosts(known: readonly PostWanted[], codes: readonly string[]): readonly PostWanted[] {
  const there = new Set(known.map(({ code }) => code));
  return [...known, ...codes.filter((code) => !there.has(code)).map((code) => ({ code, role: null }))];
}

export interface Asked {
  readonly schedule: Schedule;
  readonly at: string;
  readonly due: boolean;
}

/** What the chair is asked to open, the earliest first: due, then about to begin. `own` are the codes of one's posts. */
export function askedFor(schedules: readonly Schedule[], own: ReadonlySet<string>): readonly Asked[] {
  return schedules
    .filter(({ code }) => own.has(code))
    .flatMap((schedule) => {
      const { run } = schedule;
      return run !== null && (run.state === "due" || run.state === "coming") ? [{ schedule, at: run.at, due: run.state === "due" }] : [];
    })
    .sort((a, b) => Number(b.due) - Number(a.due) || a.at.localeCompare(b.at));
}

/** The next first; what has no further time last. */
export function inOrder(schedules: readonly Schedule[]): readonly Schedule[] {
  const key = ({ run, next_at }: Schedule): string => (run?.state === "due" || run?.state === "coming" ? run.at : (next_at ?? "9"));
  return [...schedules].sort((a, b) => key(a).localeCompare(key(b)) || a.id - b.id);
}

/** Which time could be opened now, and why that would be. */
export function openable({ run, next_at }: Schedule): { readonly at: string; readonly why: "due" | "early" | "missed" } | null {
  if (run?.state === "due") return { at: run.at, why: "due" };
  if (run?.state === "missed") return { at: run.at, why: "missed" };
  return next_at === null ? null : { at: next_at, why: "early" };
}

/** Which time could be skipped. */
export function skippable({ run, next_at, repeats }: Schedule): string | null {
  if (run?.state === "due") return run.at;
  return repeats === "once" ? null : next_at;
}
