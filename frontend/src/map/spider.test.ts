import { describe, expect, it } from "vitest";

import { spiderOffsets } from "./spider";

describe("spiderOffsets", () => {
  it.each([2, 5, 9, 10, 40, 120])("spreads %i markers so that none covers another", (count) => {
    const offsets = spiderOffsets(count, 34);
    expect(offsets).toHaveLength(count);
    for (const [index, one] of offsets.entries()) {
      expect(Math.hypot(one.x, one.y)).toBeGreaterThanOrEqual(33);
      for (const other of offsets.slice(index + 1)) {
        expect(Math.hypot(one.x - other.x, one.y - other.y)).toBeGreaterThan(28);
      }
    }
  });
});
