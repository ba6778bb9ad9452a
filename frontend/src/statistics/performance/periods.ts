/** The periods one asks alarm performance about, in the installation's own time. Pure. */

/** From `since` until before `until`, as YYYY-MM-DDTHH:MM. */
export interface Span {
  readonly since: string;
  readonly until: string;
}

export const SPANS = ["shift", "lastShift", "today", "week", "month", "lastMonth"] as const;
export type SpanName = (typeof SPANS)[number];

/** The hours at which the two shifts of a day begin. */
const SHIFTS = [8, 20] as const;
const HOUR_MS = 3_600_000;
const LONGEST_MS = 367 * 24 * HOUR_MS;

function text(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16);
}

/** Local times are reckoned as if they were UTC: only differences and calendars matter here. */
function at(local: string): number {
  return Date.parse(`${local}Z`);
}

/** A period by its name, as seen from a local moment (YYYY-MM-DDTHH:MM). */
export function spanOf(name: SpanName, now: string): Span {
  const [year, month] = [Number(now.slice(0, 4)), Number(now.slice(5, 7)) - 1];
  const midnight = at(`${now.slice(0, 10)}T00:00`);
  const days = (count: number): number => midnight + count * 24 * HOUR_MS;
  switch (name) {
    case "shift":
      return span(shiftBegin(now), 12);
    case "lastShift":
      return span(shiftBegin(now) - 12 * HOUR_MS, 12);
    case "today":
      return span(midnight, 24);
    case "week":
      return span(days(-((new Date(midnight).getUTCDay() + 6) % 7)), 7 * 24);
    case "month":
      return { since: text(Date.UTC(year, month, 1)), until: text(Date.UTC(year, month + 1, 1)) };
    case "lastMonth":
      return { since: text(Date.UTC(year, month - 1, 1)), until: text(Date.UTC(year, month, 1)) };
  }
}

function span(since: number, hours: number): Span {
  return { since: text(since), until: text(since + hours * HOUR_MS) };
}

/** When the shift that is on began. */
function shiftBegin(now: string): number {
  const hour = Number(now.slice(11, 13));
  const midnight = at(`${now.slice(0, 10)}T00:00`);
  const [day, night] = SHIFTS;
  if (hour >= night) return midnight + night * HOUR_MS;
  return hour >= day ? midnight + day * HOUR_MS : midnight + (night - 24) * HOUR_MS;
}

export function isSpan({ since, until }: Span): boolean {
  const length = at(until) - at(since);
  return length > 0 && length <= LONGEST_MS;
}
