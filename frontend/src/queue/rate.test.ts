import { describe, expect, it } from "vitest";
import { AlarmRate, FLOOD_BEGINS, FLOOD_ENDS, WINDOW_MS } from "./rate";

describe("a flood", () => {
  it("begins at one rate, ends at a lower one, and forgets what is older than ten minutes", () => {
    const rate = new AlarmRate();
    const now = 1_763_740_800_000;
    for (let n = 1; n < FLOOD_BEGINS; n += 1) rate.add(now);
    expect(rate.flood(now)).toBe(false);
    rate.add(now);
    expect(rate.flood(now)).toBe(true);
    for (let n = 0; n < FLOOD_ENDS; n += 1) rate.add(now + 300_000);
    expect([rate.count(now + WINDOW_MS), rate.flood(now + WINDOW_MS)]).toEqual([FLOOD_ENDS, true]);
    expect(rate.flood(now + 300_000 + WINDOW_MS)).toBe(false);
    rate.add(now + 300_000 + WINDOW_MS);
    expect(rate.flood(now + 300_000 + WINDOW_MS)).toBe(false);
  });
});
