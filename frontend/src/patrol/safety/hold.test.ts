import { describe, expect, it } from "vitest";
import { HOLD_MS, progress, secondsLeft } from "./hold";

describe("holding a button", () => {
  it("counts down to nothing", () => {
    expect([0, 1, 999, 1_001, 2_999, 3_000, 9_000].map((now) => secondsLeft(0, now))).toEqual([3, 3, 3, 2, 1, 0, 0]);
  });

  it("is never less than nothing nor more than all, whatever the clock does", () => {
    expect([-5, 0, HOLD_MS / 2, HOLD_MS, 2 * HOLD_MS].map((now) => progress(0, now))).toEqual([0, 0, 0.5, 1, 1]);
  });
});
