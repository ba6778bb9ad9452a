/** Which invitation rings, and what it wants. Pure. */
import type { Invitation } from "./types";

/** How long a call that joins by itself is shown before, ms. */
export const AUTOMATIC_AFTER_MS = 3_000;

export function rings({ presence }: Invitation): boolean {
  return presence === "invited" || presence === "ringing";
}

/** The one to show: the gravest, then the one that has rung longest. */
export function ringingOne(items: readonly Invitation[]): Invitation | null {
  const ringing = items.filter(rings);
  return (
    [...ringing].sort(
      (a, b) => a.severity - b.severity || ((a.called_at ?? "") < (b.called_at ?? "") ? -1 : 1) || a.conference - b.conference,
    )[0] ?? null
  );
}

/** Conferences that one could go back to, and that do not ring. */
export function waysBack(items: readonly Invitation[], inside: number | null): readonly Invitation[] {
  return items.filter((item) => !rings(item) && item.presence !== "waiting" && item.conference !== inside);
}

/**
 * Whether a page that was in this conference goes back by itself: it has not left, and no other page of the same
 * person holds the seat. `same`: this very page was in it before a reload, so its old connection may still count.
 */
export function returnsByItself({ presence }: Invitation, same: boolean): boolean {
  return presence === "away" || (same && presence === "joined");
}

/** Whole seconds until a call counts as not answered; null if it does not say. `now` by the server's clock. */
export function secondsLeft({ no_answer_at }: Invitation, now: number): number | null {
  return no_answer_at === null ? null : Math.max(0, Math.ceil((Date.parse(no_answer_at) - now) / 1000));
}
