import { describe, expect, it } from "vitest";

import { needsPan } from "./view";

describe("needsPan", () => {
  const view = { x: 1000, y: 600 };
  it.each([
    [{ x: 500, y: 300 }, false],
    [{ x: 150, y: 100 }, false],
    [{ x: 100, y: 300 }, true],
    [{ x: 950, y: 300 }, true],
    [{ x: 500, y: 20 }, true],
    [{ x: -400, y: 300 }, true],
  ])("%j → %s", (point, expected) => {
    expect(needsPan(point, view)).toBe(expected);
  });

  it("leaves the middle calm in a narrow pane too", () => {
    expect(needsPan({ x: 60, y: 60 }, { x: 120, y: 120 })).toBe(false);
  });
});
