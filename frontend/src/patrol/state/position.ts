/** When a position is worth sending. Pure; times in epoch ms. */
import type { Position } from "../types";

export const EVERY_MS = 15_000;
export const MOVED_M = 30;
/** Somebody who stands still says so now and then, or the command centre would call the position old. */
export const STILL_HERE_MS = 60_000;

/** So old may the last fix be that is still where one is: of a photo, or of a call for help. */
export const STILL_MS = 60_000;

export interface Fix extends Position {
  readonly at: number;
}

const EARTH_M = 6_371_000;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Metres between two places that are near each other. */
export function apart(a: Position, b: Position): number {
  const x = radians(b.lng - a.lng) * Math.cos(radians((a.lat + b.lat) / 2));
  return Math.hypot(x, radians(b.lat - a.lat)) * EARTH_M;
}

/** At most every 15 s, then after 30 m or a minute. */
export function isWorthSending(last: Fix | null, fix: Fix): boolean {
  if (last === null) return true;
  const pause = fix.at - last.at;
  return pause >= EVERY_MS && (pause >= STILL_HERE_MS || apart(last, fix) >= MOVED_M);
}
