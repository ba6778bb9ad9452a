/** What somebody plans, as the form has it and as the server wants it. Pure. */
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

export function isComplete(draft: Draft, now: number): boolean {
  const begins = draft.now ? now : Date.parse(draft.begins);
  const ends = Date.parse(draft.ends);
  return draft.reason.trim() !== "" && Number.isFinite(begins) && ends > begins && ends > now;
}

export function requestOf(draft: Draft, target: Target): object {
  const about = target.device === null ? { code: target.code, kinds: draft.kinds } : { device: target.device };
  const begins = draft.now ? {} : { begins_at: new Date(draft.begins).toISOString() };
  return { ...about, ...begins, ends_at: new Date(draft.ends).toISOString(), reason: draft.reason.trim() };
}

/** Those under way first, then the next to come. */
export function inOrder(windows: readonly MaintenanceWindow[]): MaintenanceWindow[] {
  const running = (window: MaintenanceWindow): number => Number(window.state !== "running");
  return [...windows].sort((a, b) => running(a) - running(b) || a.begins_at.localeCompare(b.begins_at));
}
