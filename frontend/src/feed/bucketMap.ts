/**
 * An immutable map of numbered things in buckets of neighbouring numbers: a change copies one bucket, and what changed
 * between two maps is found without looking at the rest. With 60,000 open alarms a plain copy per frame would cost more
 * than everything that is done with the frame.
 */
const BITS = 8;

type Bucket<T> = ReadonlyMap<number, T>;

export class BucketMap<T> implements ReadonlyMap<number, T> {
  private constructor(
    private readonly buckets: ReadonlyMap<number, Bucket<T>>,
    readonly size: number,
  ) {}

  static of<T>(items: Iterable<readonly [number, T]>): BucketMap<T> {
    const buckets = new Map<number, Map<number, T>>();
    let size = 0;
    for (const [id, item] of items) {
      const number = id >> BITS;
      let bucket = buckets.get(number);
      if (bucket === undefined) buckets.set(number, (bucket = new Map()));
      if (!bucket.has(id)) size += 1;
      bucket.set(id, item);
    }
    return new BucketMap(buckets, size);
  }

  get(id: number): T | undefined {
    return this.buckets.get(id >> BITS)?.get(id);
  }

  has(id: number): boolean {
    return this.buckets.get(id >> BITS)?.has(id) ?? false;
  }

  /** The map with these set; undefined takes one out. The same map if nothing is other than it was. */
  with(changes: ReadonlyMap<number, T | undefined>): BucketMap<T> {
    const copies = new Map<number, Map<number, T>>();
    let size = this.size;
    for (const [id, item] of changes) {
      const number = id >> BITS;
      const before = copies.get(number) ?? this.buckets.get(number);
      if (item === before?.get(id)) continue;
      let copy = copies.get(number);
      if (copy === undefined) copies.set(number, (copy = new Map(before)));
      size -= copy.size;
      if (item === undefined) copy.delete(id);
      else copy.set(id, item);
      size += copy.size;
    }
    if (copies.size === 0) return this;
    const buckets = new Map(this.buckets);
    for (const [number, copy] of copies) {
      if (copy.size === 0) buckets.delete(number);
      else buckets.set(number, copy);
    }
    return new BucketMap(buckets, size);
  }

  *entries(): MapIterator<[number, T]> {
    for (const bucket of this.buckets.values()) yield* bucket.entries();
  }

  *keys(): MapIterator<number> {
    for (const bucket of this.buckets.values()) yield* bucket.keys();
  }

  *values(): MapIterator<T> {
    for (const bucket of this.buckets.values()) yield* bucket.values();
  }

  [Symbol.iterator](): MapIterator<[number, T]> {
    return this.entries();
  }

  forEach(run: (item: T, id: number, map: ReadonlyMap<number, T>) => void): void {
    for (const [id, item] of this) run(item, id, this);
  }

  /** All of them, as a list: quicker than walking `values()`. */
  list(): T[] {
    const items: T[] = [];
    for (const bucket of this.buckets.values()) bucket.forEach((item) => items.push(item));
    return items;
  }

  /** Tells of everything that is other than in `before`: how it was and how it is, undefined for not there. */
  changesSince(before: BucketMap<T>, tell: (was: T | undefined, is: T | undefined) => void): void {
    if (before === this) return;
    for (const [number, bucket] of this.buckets) {
      const old = before.buckets.get(number);
      if (old === bucket) continue;
      for (const [id, item] of bucket) {
        const was = old?.get(id);
        if (was !== item) tell(was, item);
      }
    }
    for (const [number, old] of before.buckets) {
      const bucket = this.buckets.get(number);
      if (bucket === old) continue;
      for (const [id, item] of old) if (bucket?.has(id) !== true) tell(item, undefined);
    }
  }
}

/** The same for any two maps. */
export function changesBetween<T>(
  before: ReadonlyMap<number, T>,
  after: ReadonlyMap<number, T>,
  tell: (was: T | undefined, is: T | undefined) => void,
): void {
  if (before === after) return;
  if (before instanceof BucketMap && after instanceof BucketMap) {
    (after as BucketMap<T>).changesSince(before as BucketMap<T>, tell);
    return;
  }
  for (const [id, item] of after) {
    const was = before.get(id);
    if (was !== item) tell(was, item);
  }
  for (const [id, item] of before) if (!after.has(id)) tell(item, undefined);
}
