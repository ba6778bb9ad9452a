/** What somebody plans, as the form has it and as the server wants it. Pure. */
import type { WindowOverlap } from "@/api/types";
import type { MaintenanceWindow } from "@/feed/types";

export interface Target {
  readonly device: string | null;
  readonly code: string;
}

export interface Draft {
  now: boolean;
  /** As `<input type="datetime-local">` has them, in the browser's time. */
  begins: string;
  ends: string;
  kinds: string[];
  reason: string;
}

/** `2026-11-22T09:05`, local. */
export function localMinute(at: number): string {
  const date = new Date(at);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

export function newDraft(now: number): Draft {
  return { now: true, begins: localMinute(now + 3_600_000), ends: localMinute(now + 2 * 3_600_000), kinds: [], reason: "" };
}

/** A window that is there, to be changed. */
export function draftOf(window: MaintenanceWindow): Draft {
  const at = (text: string): string => localMinute(Date.parse(text));
  return { now: false, begins: at(window.begins_at), ends: at(window.ends_at), kinds: [...window.kinds], reason: window.reason };
}

/** The draft of another window that takes this one's time in: it begins with the first of both and ends with the last. */
export function widened(other: MaintenanceWindow, draft: Draft, now: number): Draft {
  const own = draftOf(other);
  const begins = draft.now ? localMinute(now) : draft.begins;
  return { ...own, begins: begins < own.begins ? begins : own.begins, ends: draft.ends > own.ends ? draft.ends : own.ends };
}

export function isComplete(draft: Draft, now: number): boolean {
  const begins = draft.now ? now : Date.parse(draft.begins);
  const ends = Date.parse(draft.ends);
  return draft.reason.trim() !== "" && Number.isFinite(begins) && ends > begins && ends > now;
}

export interface Plan {
  readonly device?: string;
  readonly code?: string;
  readonly kinds?: readonly string[];
  readonly begins_at?: string;
  readonly ends_at: string;
  readonly reason: string;
}

export function requestOf(draft: Draft, target: Target): Plan {
  return { ...aboutOf(draft, target), ends_at: new Date(draft.ends).toISOString(), reason: draft.reason.trim() };
}

/** Of what, and from when; without a beginning it is now. */
function aboutOf(draft: Draft, target: Target): Omit<Plan, "ends_at" | "reason"> {
  const about = target.device === null ? { code: target.code, kinds: draft.kinds } : { device: target.device };
  return draft.now ? about : { ...about, begins_at: new Date(draft.begins).toISOString() };
}

/** What of a window is to be different; of one that runs the beginning stays. */
export function changeOf(draft: Draft, window: MaintenanceWindow): Record<string, string> {
  const before = draftOf(window);
  const changed: Record<string, string> = {};
  if (window.state !== "running" && draft.begins !== before.begins) changed["begins_at"] = new Date(draft.begins).toISOString();
  if (draft.ends !== before.ends) changed["ends_at"] = new Date(draft.ends).toISOString();
  if (draft.reason.trim() !== before.reason) changed["reason"] = draft.reason.trim();
  return changed;
}

/** What to ask the server about overlaps: the plan without its reason, or a window with other times; null while that cannot be asked. */
export function questionOf(draft: Draft, target: Target, window: MaintenanceWindow | null, now: number): object | null {
  if (!isComplete({ ...draft, reason: "?" }, now)) return null;
  const ends_at = new Date(draft.ends).toISOString();
  if (window !== null) {
    const begins_at = window.state === "running" ? window.begins_at : new Date(draft.begins).toISOString();
    return { window: window.id, begins_at, ends_at };
  }
  return { ...aboutOf(draft, target), ends_at };
}

/** A window whose equipment and time take all of a draft's in: the draft would add nothing to it. */
export function isIdle(draft: Draft, { window, relation }: WindowOverlap, now: number): boolean {
  const begins = draft.now ? now : Date.parse(draft.begins);
  return relation === "covers" && Date.parse(window.begins_at) <= begins && Date.parse(draft.ends) <= Date.parse(window.ends_at);
}

/** Those under way first, then the next to come. */
export function inOrder(windows: readonly MaintenanceWindow[]): MaintenanceWindow[] {
  const running = (window: MaintenanceWindow): number => Number(window.state !== "running");
  return [...windows].sort((a, b) => running(a) - running(b) || a.begins_at.localeCompare(b.begins_at));
}
