import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Slots } from "./slots";

describe("Slots", () => {
  it("lets an alarm keep its element while it is on screen", () => {
    const slots = new Slots();
    expect(slots.assign([10, 11, 12])).toEqual([0, 1, 2]);
    expect(slots.assign([9, 10, 11])).toEqual([2, 0, 1]);
  });

  it("never shows two alarms in one element, and makes no more elements than rows were shown at once", () => {
    const screens = fc.array(fc.uniqueArray(fc.nat(60), { maxLength: 12 }), { maxLength: 20 });
    fc.assert(
      fc.property(screens, (shown) => {
        const slots = new Slots();
        let most = 0;
        let before = new Map<number, number>();
        for (const ids of shown) {
          most = Math.max(most, ids.length);
          const assigned = slots.assign(ids);
          expect(new Set(assigned).size).toBe(ids.length);
          const now = new Map(ids.map((id, index) => [id, assigned[index] ?? -1]));
          for (const [id, slot] of now) {
            expect(slot).toBeLessThan(most);
            if (before.has(id)) expect(slot).toBe(before.get(id));
          }
          before = now;
        }
      }),
    );
  });
});
