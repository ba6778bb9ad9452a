import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { gcj02ToWgs84, isInsideOffsetArea, wgs84ToGcj02, type LngLat } from "./gcj02";

// Published pairs [wgs84, gcj02]: the test tables of eviltransform (Shanghai, Shenzhen, Beijing) and coordtransform.
const PUBLISHED: readonly (readonly [wgs84: LngLat, gcj02: LngLat])[] = [
  [
    [121.5272106, 31.1774276],
    [121.531541859215, 31.17530398364597],
  ],
  [
    [113.912316, 22.543847],
    [113.9171764808363, 22.540796131694766],
  ],
  [
    [116.377817, 39.911954],
    [116.38404722455657, 39.91334545536069],
  ],
  [
    [116.404, 39.915],
    [116.41024449916938, 39.91640428150164],
  ],
];

describe("gcj02", () => {
  it.each(PUBLISHED)("agrees with the published pair %j", (wgs84, gcj02) => {
    const [lng, lat] = wgs84ToGcj02(wgs84);
    expect(lng).toBeCloseTo(gcj02[0], 8);
    expect(lat).toBeCloseTo(gcj02[1], 8);
  });

  it.each(PUBLISHED)("finds the way back from the published pair %j", (wgs84, gcj02) => {
    const [lng, lat] = gcj02ToWgs84(gcj02);
    expect(lng).toBeCloseTo(wgs84[0], 8);
    expect(lat).toBeCloseTo(wgs84[1], 8);
  });

  it("returns to the same position within 1e-6 degrees anywhere in the area", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 73, max: 135, noNaN: true }),
        fc.double({ min: 3, max: 54, noNaN: true }),
        (lng, lat) => {
          const back = gcj02ToWgs84(wgs84ToGcj02([lng, lat]));
          return Math.abs(back[0] - lng) < 1e-6 && Math.abs(back[1] - lat) < 1e-6;
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("shifts by hundreds of metres in 灵武", () => {
    const [lng, lat] = wgs84ToGcj02([106.34, 38.1]);
    expect(Math.hypot((lng - 106.34) * 87_600, (lat - 38.1) * 111_000)).toBeGreaterThan(300);
  });

  it("leaves the rest of the world alone", () => {
    for (const place of [
      [2.35, 48.85],
      [-74, 40.7],
      [151.2, -33.9],
    ] as const) {
      expect(isInsideOffsetArea(place)).toBe(false);
      expect(wgs84ToGcj02(place)).toBe(place);
      expect(gcj02ToWgs84(place)).toBe(place);
    }
  });
});
