/** How good a line is, from two looks at its counters. Pure. */

/** What getStats says of a picture that comes in; counters since the beginning. */
export interface Counters {
  /** Milliseconds. */
  readonly at: number;
  readonly received: number;
  readonly lost: number;
  readonly decoded: number;
  /** Seconds that the picture stood still. */
  readonly frozen: number;
}

export const QUALITIES = ["none", "poor", "fair", "good"] as const;
export type Quality = (typeof QUALITIES)[number];

const POOR_LOSS = 0.08;
const FAIR_LOSS = 0.02;
const POOR_RATE = 4;

/** The worse of what this page sees and what the seat's own page says of its line. */
export function worse(seen: Quality | null, said: Quality | null): Quality | null {
  if (seen === null || said === null) return seen ?? said;
  return QUALITIES.indexOf(said) < QUALITIES.indexOf(seen) ? said : seen;
}

/** null while there is too little to tell. */
export function qualityOf(before: Counters, now: Counters): Quality | null {
  const seconds = (now.at - before.at) / 1000;
  // Another connection counts from nought again.
  if (seconds <= 0 || now.received < before.received) return null;
  const received = now.received - before.received;
  const lost = Math.max(0, now.lost - before.lost);
  if (received === 0) return "none";
  const loss = lost / (received + lost);
  const rate = (now.decoded - before.decoded) / seconds;
  const frozen = (now.frozen - before.frozen) / seconds;
  if (loss > POOR_LOSS || rate < POOR_RATE || frozen > 0.3) return "poor";
  return loss > FAIR_LOSS || frozen > 0.05 ? "fair" : "good";
}
