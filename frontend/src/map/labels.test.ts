import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { boxAround, layoutLabels, overlap, type LabelRequest } from "./labels";

const NONE = { hard: [], soft: [] };

function label(id: string, x: number, y: number, over: Partial<LabelRequest> = {}): LabelRequest {
  return { id, width: 60, height: 16, places: [[x, y]], priority: 0, insistent: false, ...over };
}

describe("layoutLabels", () => {
  it("drops the lesser of two that would overlap", () => {
    const placed = layoutLabels([label("village", 0, 0), label("township", 20, 5, { priority: 9 })], NONE);
    expect(placed.map(({ id }) => id)).toEqual(["township"]);
  });

  it("moves a label to its next place rather than over an alarm", () => {
    const hard = [boxAround(0, 0, 30, 30)];
    const places = [
      [0, 0],
      [0, 40],
    ] as const;
    expect(layoutLabels([label("a", 0, 0, { places, insistent: true })], { hard, soft: [] })).toEqual([
      { id: "a", x: 0, y: 40, place: 1 },
    ]);
    expect(layoutLabels([label("a", 0, 0, { insistent: true })], { hard, soft: [] })).toEqual([]);
  });

  it("lets only an insistent label lie over other markers, and only if it must", () => {
    const soft = [boxAround(0, 0, 30, 30)];
    expect(layoutLabels([label("a", 0, 0)], { hard: [], soft })).toEqual([]);
    expect(layoutLabels([label("a", 0, 0, { insistent: true })], { hard: [], soft })).toHaveLength(1);
    const places = [
      [0, 0],
      [0, 40],
    ] as const;
    const [moved] = layoutLabels([label("a", 0, 0, { places, insistent: true })], { hard: [], soft });
    expect(moved?.place).toBe(1);
  });

  it("keeps a label where it was while that place is free", () => {
    const places = [
      [0, 0],
      [0, 40],
    ] as const;
    const [kept] = layoutLabels([label("a", 0, 0, { places })], NONE, new Map([["a", 1]]));
    expect(kept?.place).toBe(1);
    const [fell] = layoutLabels(
      [label("a", 0, 0, { places })],
      { hard: [boxAround(0, 40, 9, 9)], soft: [] },
      new Map([["a", 1]]),
    );
    expect(fell?.place).toBe(0);
  });

  const coordinate = fc.integer({ min: -400, max: 400 });
  const requests = fc.uniqueArray(
    fc.record({
      id: fc.string({ minLength: 1, maxLength: 3 }),
      width: fc.integer({ min: 10, max: 200 }),
      height: fc.integer({ min: 8, max: 30 }),
      places: fc.array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 4 }),
      priority: fc.nat(5),
      insistent: fc.boolean(),
    }),
    { selector: (request) => request.id, maxLength: 40 },
  );

  it("never lets two labels, or a label and an alarm, overlap", () => {
    const boxes = fc.array(
      fc.tuple(coordinate, coordinate).map(([x, y]) => boxAround(x, y, 34, 34)),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(requests, boxes, (list, hard) => {
        const size = new Map(list.map((request) => [request.id, request]));
        const drawn = layoutLabels(list, { hard, soft: [] }).map(({ id, x, y }) =>
          boxAround(x, y, size.get(id)?.width ?? 0, size.get(id)?.height ?? 0),
        );
        for (const [index, box] of drawn.entries()) {
          expect(hard.some((alarm) => overlap(alarm, box))).toBe(false);
          expect(drawn.slice(index + 1).some((other) => overlap(other, box))).toBe(false);
        }
      }),
    );
  });
});
