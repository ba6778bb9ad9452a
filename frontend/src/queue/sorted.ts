/** A list kept in order: a change costs a search and a shift, never a sort of all. */
export class SortedList<T> {
  private items: T[];

  /** `order` tells any two apart. */
  constructor(
    private readonly order: (a: T, b: T) => number,
    items: Iterable<T> = [],
  ) {
    this.items = [...items].sort(order);
  }

  get length(): number {
    return this.items.length;
  }

  add(item: T): void {
    this.items.splice(this.place(item), 0, item);
  }

  /** Takes out what stands where this would. */
  remove(item: T): void {
    const at = this.place(item);
    const found = this.items[at];
    if (found !== undefined && this.order(found, item) === 0) this.items.splice(at, 1);
  }

  view(): readonly T[] {
    return this.items;
  }

  private place(item: T): number {
    return firstFrom(this.items, 0, (other) => this.order(other, item) >= 0);
  }
}

/** The first place from `start` on at which this is so; it is so at all behind it too. */
export function firstFrom<T>(items: readonly T[], start: number, so: (item: T) => boolean): number {
  let [low, high] = [start, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (so(items[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return low;
}
