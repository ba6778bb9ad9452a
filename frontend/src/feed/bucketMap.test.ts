import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BucketMap, changesBetween } from "./bucketMap";

const steps = fc.array(
  fc.array(fc.tuple(fc.integer({ min: 0, max: 2_000 }), fc.option(fc.nat(3), { nil: undefined })), { maxLength: 5 }),
  { maxLength: 12 },
);

describe("a map in buckets", () => {
  it("is what a plain map would be, tells what changed, and leaves the one before alone", () => {
    fc.assert(
      fc.property(steps, (taken) => {
        let map = BucketMap.of<number>([]);
        const plain = new Map<number, number>();
        for (const step of taken) {
          const before = map;
          const kept = new Map(before);
          map = map.with(new Map(step));
          for (const [id, item] of new Map(step)) if (item === undefined) plain.delete(id); else plain.set(id, item);
          expect(new Map(map)).toEqual(plain);
          expect([map.size, map.list().length]).toEqual([plain.size, plain.size]);
          expect(new Map(before)).toEqual(kept);
          const told = new Map(kept);
          changesBetween(before, map, (was, is) => { expect(was).not.toBe(is); });
          map.changesSince(before, (was, is) => { if (is === undefined) expect(was).toBeDefined(); });
          for (const [id] of told) expect(before.get(id)).toBe(told.get(id));
        }
        expect(map.with(new Map())).toBe(map);
      }),
    );
  });

  it("tells everything that is other, and nothing else", () => {
    const before = BucketMap.of([[1, "a"], [300, "b"], [301, "c"]]);
    const after = before.with(new Map([[1, undefined], [300, "B"], [900, "d"]]));
    const told: unknown[] = [];
    changesBetween(before, after, (was, is) => { told.push([was, is]); });
    expect(told).toEqual(expect.arrayContaining([["a", undefined], ["b", "B"], [undefined, "d"]]));
    expect(told).toHaveLength(3);
  });
});
