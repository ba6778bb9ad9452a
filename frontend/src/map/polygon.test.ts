import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { fromWorld, toWorld } from "./mercator";
import { contains, extentOf, labelAnchor, type Polygon } from "./polygon";

const SQUARE: Polygon = [
  [
    [0, 0],
    [10, 0],
    [10, 10],
    [0, 10],
    [0, 0],
  ],
];
const WITH_HOLE: Polygon = [
  ...SQUARE,
  [
    [1, 1],
    [9, 1],
    [9, 5],
    [1, 5],
    [1, 1],
  ],
];
/** A U: its centre of gravity lies outside. */
const HORSESHOE: Polygon = [
  [
    [0, 0],
    [3, 0],
    [3, 8],
    [7, 8],
    [7, 0],
    [10, 0],
    [10, 12],
    [0, 12],
  ],
];

describe("mercator", () => {
  it("puts the origin in the middle and comes back from anywhere", () => {
    expect(toWorld([0, 0])).toEqual([128, expect.closeTo(128, 9)]);
    fc.assert(
      fc.property(
        fc.double({ min: -180, max: 180, noNaN: true }),
        fc.double({ min: -84, max: 84, noNaN: true }),
        (lng, lat) => {
          const back = fromWorld(toWorld([lng, lat]));
          return Math.abs(back[0] - lng) < 1e-9 && Math.abs(back[1] - lat) < 1e-9;
        },
      ),
    );
  });
});

describe("polygon", () => {
  it("knows inside from outside, holes included", () => {
    expect(contains(SQUARE, [5, 5])).toBe(true);
    expect(contains(SQUARE, [11, 5])).toBe(false);
    expect(contains(WITH_HOLE, [5, 3])).toBe(false);
    expect(contains(WITH_HOLE, [5, 7])).toBe(true);
  });

  it("measures its extent", () => {
    expect(extentOf(HORSESHOE[0] ?? [])).toEqual({ left: 0, top: 0, right: 10, bottom: 12 });
  });

  it("anchors a name in the middle of a square, and always inside", () => {
    const anchor = labelAnchor(SQUARE);
    expect(anchor?.[1]).toBeCloseTo(5, 0);
    for (const shape of [SQUARE, WITH_HOLE, HORSESHOE]) {
      const point = labelAnchor(shape);
      expect(point === null ? false : contains(shape, point)).toBe(true);
    }
  });

  it("has no anchor for a degenerate area", () => {
    expect(labelAnchor([])).toBeNull();
    expect(
      labelAnchor([
        [
          [1, 1],
          [2, 2],
        ],
      ]),
    ).toBeNull();
    expect(
      labelAnchor([
        [
          [1, 1],
          [2, 1],
          [3, 1],
        ],
      ]),
    ).toBeNull();
  });
});
