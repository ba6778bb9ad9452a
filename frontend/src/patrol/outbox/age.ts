/** How long ago something was done, by this phone's own clocks. Pure; milliseconds. */

/** One look at them: the time of day, which may be wrong and may be set, and the time since this page was opened. */
export interface Clocks {
  readonly wall: number;
  /** Another for each life of the page: `up` begins anew with it. */
  readonly page: string;
  readonly up: number;
}

/** What was read when it was done. An act of an earlier life of the page has only its time of day left. */
export interface Stamp {
  readonly at: number;
  readonly page?: string;
  readonly up?: number;
}

/**
 * Only differences of one clock count, so a clock that is wrong tells no wrong time. A clock that was set back
 * meanwhile is found out by the page's own, which cannot be set; that one may stand still while the phone sleeps,
 * so the longer of the two is believed. The server bounds it: nothing came before what it follows.
 */
export function ageOf({ at, page, up }: Stamp, now: Clocks): number {
  const byWall = now.wall - at;
  const byPage = page === now.page && up !== undefined ? now.up - up : 0;
  return Math.max(0, Math.round(byWall), Math.round(byPage));
}
