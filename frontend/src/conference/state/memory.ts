/** Which conference this browser is in, so that a page that was killed goes back; and this very page, after a reload. */
import { readStored, writeStored } from "@/state/storage";

const BROWSER_KEY = "conference.inside";
const PAGE_KEY = "lingdun.conference.here";

const isId = (value: unknown): value is number => Number.isInteger(value);

export function remember(conference: number | null): void {
  writeStored(BROWSER_KEY, conference ?? 0);
  try {
    if (conference === null) sessionStorage.removeItem(PAGE_KEY);
    else sessionStorage.setItem(PAGE_KEY, String(conference));
  } catch {
    // Going back by itself is a convenience.
  }
}

export interface Remembered {
  readonly conference: number;
  /** It was this very page, before a reload. */
  readonly here: boolean;
}

export function recall(): Remembered | null {
  const conference = readStored(BROWSER_KEY, 0, isId);
  if (conference === 0) return null;
  try {
    return { conference, here: sessionStorage.getItem(PAGE_KEY) === String(conference) };
  } catch {
    return { conference, here: false };
  }
}
