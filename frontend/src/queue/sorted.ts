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
    let [low, high] = [0, this.items.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.order(this.items[middle] as T, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
