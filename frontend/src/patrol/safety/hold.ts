/** Holding a button for as long as it takes to be meant. Pure; times in ms. */

export const HOLD_MS = 3_000;

/** Whole seconds that are left, from 3 down to 1; 0 once it is held long enough. */
export function secondsLeft(since: number, now: number): number {
  return Math.max(0, Math.ceil((HOLD_MS - (now - since)) / 1_000));
}

/** How much of the time is over, 0 to 1. */
export function progress(since: number, now: number): number {
  return Math.min(1, Math.max(0, (now - since) / HOLD_MS));
}
