/**
 * A list that does not jump. While held (scrolled away from the top) rows keep their places: what is
 * new waits, what is gone stays as it was last seen, marked. Pure.
 */

export interface HeldList<T> {
  readonly rows: readonly T[];
  /** Ids of rows that are no longer in the list, shown only so that the rows below do not move. */
  readonly gone: ReadonlySet<number>;
  /** How many wait to be shown. */
  readonly waiting: number;
}

const NONE: ReadonlySet<number> = new Set();

export const NOTHING_HELD: HeldList<never> = { rows: [], gone: NONE, waiting: 0 };

interface Identified {
  readonly id: number;
}

export function free<T>(arranged: readonly T[]): HeldList<T> {
  return { rows: arranged, gone: NONE, waiting: 0 };
}

/** `before` is what is on screen; `latest` is where a row that left the list is still known from. */
export function hold<T extends Identified>(
  before: HeldList<T>,
  arranged: readonly T[],
  latest: (id: number) => T | undefined,
): HeldList<T> {
  const now = new Map(arranged.map((item) => [item.id, item]));
  const gone = new Set<number>();
  const rows = before.rows.map((row) => {
    const item = now.get(row.id);
    now.delete(row.id);
    if (item !== undefined) return item;
    gone.add(row.id);
    return latest(row.id) ?? row;
  });
  return { rows, gone, waiting: now.size };
}
