/**
 * A list that does not jump. While held (scrolled away from the top) rows keep their places: what is
 * new waits, what is gone stays as it was last seen, marked. Pure, or (`Held`) pure but for its memory.
 */

export interface HeldList<T> {
  readonly rows: readonly T[];
  /** Theirs, in the same order; the same list while no row has come, gone or moved. */
  readonly ids: readonly number[];
  /** Ids of rows that are no longer in the list, shown only so that the rows below do not move. */
  readonly gone: ReadonlySet<number>;
  /** How many wait to be shown. */
  readonly waiting: number;
}

const NONE: ReadonlySet<number> = new Set();

export const NOTHING_HELD: HeldList<never> = { rows: [], ids: [], gone: NONE, waiting: 0 };

interface Identified {
  readonly id: number;
}

export function free<T extends Identified>(arranged: readonly T[]): HeldList<T> {
  return { rows: arranged, ids: arranged.map(({ id }) => id), gone: NONE, waiting: 0 };
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
  return { rows, ids: before.ids, gone, waiting: now.size };
}

/** A list being held that is told what changes: each costs what it is, however long the list. */
export class Held<T extends Identified> {
  private rows: readonly T[];
  private draft: T[] | null = null;
  private readonly ids: readonly number[];
  private readonly places: ReadonlyMap<number, number>;
  private readonly gone = new Set<number>();
  private readonly waiting = new Set<number>();

  constructor({ rows, ids }: HeldList<T>) {
    [this.rows, this.ids] = [rows, ids];
    this.places = new Map(ids.map((id, index) => [id, index]));
  }

  /** `item`: as it is in the list now; undefined if it is not there. `latest`: as in `hold`. */
  change(id: number, item: T | undefined, latest: (id: number) => T | undefined): void {
    const place = this.places.get(id);
    if (place === undefined) {
      if (item === undefined) this.waiting.delete(id);
      else this.waiting.add(id);
      return;
    }
    if (item === undefined) this.gone.add(id);
    else this.gone.delete(id);
    const shown = item ?? latest(id);
    if (shown === undefined || shown === (this.draft ?? this.rows)[place]) return;
    this.draft ??= [...this.rows];
    this.draft[place] = shown;
  }

  list(): HeldList<T> {
    this.rows = this.draft ?? this.rows;
    this.draft = null;
    return { rows: this.rows, ids: this.ids, gone: new Set(this.gone), waiting: this.waiting.size };
  }
}
