/** Where the keyboard stands in a list that changes under it. Pure. */

export interface ListCursor {
  /** The row stood on; null before the first move. */
  readonly id: number | null;
  /** Its place, following rows that push in above. */
  readonly index: number;
  /** The row left, or changed its own rank: it is still the chosen one, but the next step goes on
   * from the place where it was. */
  readonly adrift: boolean;
}

export const NOWHERE: ListCursor = { id: null, index: 0, adrift: false };

function clamp(index: number, count: number): number {
  return Math.max(0, Math.min(index, count - 1));
}

/** The person chose this row. */
export function standOn(ids: readonly number[], id: number): ListCursor {
  const index = ids.indexOf(id);
  return { id, index: Math.max(0, index), adrift: index === -1 };
}

/** The list changed. `reranked`: the row's own rank did (it was acknowledged, say). */
export function follow(cursor: ListCursor, ids: readonly number[], reranked: boolean): ListCursor {
  if (cursor.id === null) return cursor;
  const index = ids.indexOf(cursor.id);
  if (cursor.adrift || reranked || index === -1) {
    return { id: cursor.id, index: clamp(cursor.index, ids.length), adrift: true };
  }
  return { id: cursor.id, index, adrift: false };
}

/** `by` rows down, or up when negative; an infinity goes to that end. */
export function step(cursor: ListCursor, ids: readonly number[], by: number): ListCursor {
  if (ids.length === 0) return cursor;
  // Adrift, or nowhere yet, the row at `index` is itself the next one down.
  const from = cursor.adrift || cursor.id === null ? cursor.index - (by > 0 ? 1 : 0) : cursor.index;
  const index = clamp(from + by, ids.length);
  return { id: ids[index] ?? null, index, adrift: false };
}
