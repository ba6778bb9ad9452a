import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { isEmpty, reconcile } from "./diff";

interface Item {
  readonly id: number;
  readonly value: number;
}
const keyOf = (item: Item): number => item.id;

describe("reconcile", () => {
  it("names what was added, changed and removed", () => {
    const one = { id: 1, value: 1 };
    const two = { id: 2, value: 1 };
    const three = { id: 3, value: 1 };
    const known = new Map([one, two].map((item) => [item.id, item]));
    const newTwo = { id: 2, value: 2 };
    expect(reconcile(known, [newTwo, three], keyOf)).toEqual({
      added: [three],
      changed: [[two, newTwo]],
      removed: [one],
    });
    expect([...known.values()]).toEqual([newTwo, three]);
  });

  it("is empty when every object is the one known", () => {
    const items = [{ id: 1, value: 1 }];
    const known = new Map(items.map((item) => [item.id, item]));
    expect(isEmpty(reconcile(known, [...items], keyOf))).toBe(true);
  });

  it("always ends with exactly the new list, and the diff explains it", () => {
    const list = fc.uniqueArray(fc.record({ id: fc.nat(20), value: fc.nat(2) }), { selector: keyOf });
    fc.assert(
      fc.property(list, list, (before, after) => {
        const known = new Map(before.map((item) => [item.id, item]));
        const diff = reconcile(known, after, keyOf);
        expect(new Set(known.values())).toEqual(new Set(after));
        expect([...known.keys()]).toEqual(after.map(keyOf));
        expect(diff.added.length - diff.removed.length).toBe(after.length - before.length);
      }),
    );
  });
});
