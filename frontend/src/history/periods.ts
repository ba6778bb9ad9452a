/** Which time the history shows. Pure. */
import type { Span } from "./timeline";

export const PRESETS = ["hour", "day", "week", "month"] as const;
export type Preset = (typeof PRESETS)[number];

const HOUR = 3_600_000;
const LENGTH: Readonly<Record<Preset, number>> = {
  hour: HOUR,
  day: 24 * HOUR,
  week: 7 * 24 * HOUR,
  month: 30 * 24 * HOUR,
};
/** The server draws no longer time. */
export const LONGEST_MS = 497 * 24 * HOUR;

export function presetSpan(preset: Preset, now: number): Span {
  return { since: now - LENGTH[preset], until: now };
}

/** As a field of type datetime-local takes it: local time, to the minute. */
export function toField(at: number): string {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** A span of two such fields; null if it is none that can be drawn. */
export function fromFields(since: string, until: string): Span | null {
  const span = { since: new Date(since).getTime(), until: new Date(until).getTime() };
  const length = span.until - span.since;
  return Number.isNaN(length) || length <= 0 || length > LONGEST_MS ? null : span;
}

export function asQuery({ since, until }: Span): { since: string; until: string } {
  return { since: new Date(since).toISOString(), until: new Date(until).toISOString() };
}
