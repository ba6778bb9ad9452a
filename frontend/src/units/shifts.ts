/** Shifts as they are typed and told. Pure; times are this machine's local ones. */
import { pad } from "@/ui/time";

/** Day and two times of day, as the inputs give them. A shift that ends before it begins ends on the next day. */
export interface TypedShift {
  /** `2026-11-28` */
  readonly day: string;
  /** `08:00` */
  readonly from: string;
  readonly until: string;
}

export interface Times {
  readonly starts_at: string;
  readonly ends_at: string;
}

function at(day: string, time: string, later = 0): Date | null {
  const [year = NaN, month = NaN, date = NaN] = day.split("-").map(Number);
  const [hours = NaN, minutes = NaN] = time.split(":").map(Number);
  const moment = new Date(year, month - 1, date + later, hours, minutes);
  return Number.isNaN(moment.getTime()) ? null : moment;
}

/** null while something is missing. */
export function timesOf({ day, from, until }: TypedShift): Times | null {
  if (day === "" || from === "" || until === "") return null;
  const starts = at(day, from);
  const ends = at(day, until, until <= from ? 1 : 0);
  return starts === null || ends === null ? null : { starts_at: starts.toISOString(), ends_at: ends.toISOString() };
}

export function dayOf(moment: number): string {
  const date = new Date(moment);
  return `${String(date.getFullYear())}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

export interface ToldShift extends Times {
  readonly id: number;
}

/** In order of time, by the day on which each begins; one under way belongs to today. */
export function byDay<S extends Times>(shifts: readonly S[], now: number): readonly { readonly day: string; readonly shifts: readonly S[] }[] {
  const days = new Map<string, S[]>();
  for (const shift of [...shifts].sort((a, b) => (a.starts_at < b.starts_at ? -1 : 1))) {
    const day = dayOf(Math.max(Date.parse(shift.starts_at), now));
    days.set(day, [...(days.get(day) ?? []), shift]);
  }
  return [...days].map(([day, list]) => ({ day, shifts: list }));
}

export function isNow({ starts_at, ends_at }: Times, now: number): boolean {
  return Date.parse(starts_at) <= now && now < Date.parse(ends_at);
}
