/**
 * A list that does not jump. While held (scrolled away from the top) rows keep their places: what is
 * new waits, what is gone stays as it was last seen, marked. Pure.
 */

export interface Row<T> {
  readonly item: T;
  /** No longer in the list; shown only so that the rows below do not move. */
  readonly gone: boolean;
}

export interface HeldList<T> {
  readonly rows: readonly Row<T>[];
  /** How many wait to be shown. */
  readonly waiting: number;
}

interface Identified {
  readonly id: number;
}

export function free<T>(arranged: readonly T[]): HeldList<T> {
  return { rows: arranged.map((item) => ({ item, gone: false })), waiting: 0 };
}

/** `before` is what is on screen; `latest` is where a row that left the list is still known from. */
export function hold<T extends Identified>(
  before: HeldList<T>,
  arranged: readonly T[],
  latest: ReadonlyMap<number, T>,
): HeldList<T> {
  const now = new Map(arranged.map((item) => [item.id, item]));
  const rows = before.rows.map((row): Row<T> => {
    const item = now.get(row.item.id);
    now.delete(row.item.id);
    if (item === undefined) return { item: latest.get(row.item.id) ?? row.item, gone: true };
    return item === row.item && !row.gone ? row : { item, gone: false };
  });
  return { rows, waiting: now.size };
}
