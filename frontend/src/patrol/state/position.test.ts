import { describe, expect, it } from "vitest";
import { apart, isWorthSending } from "./position";

const HERE = { lat: 38.1, lng: 106.34, at: 0 };

describe("a position is worth sending", () => {
  it.each([
    ["the first", null, HERE, true],
    ["too soon, however far", HERE, { lat: 38.2, lng: 106.34, at: 14_999 }, false],
    ["after 15 s and 30 m", HERE, { lat: 38.1003, lng: 106.34, at: 15_000 }, true],
    ["not moved", HERE, { ...HERE, at: 30_000 }, false],
    ["not moved for a minute", HERE, { ...HERE, at: 60_000 }, true],
  ])("%s", (_name, last, fix, wanted) => {
    expect(isWorthSending(last, fix)).toBe(wanted);
  });

  it("measures in metres", () => {
    expect(apart(HERE, { lat: 38.101, lng: 106.34 })).toBeCloseTo(111.2, 0);
    expect(apart(HERE, { lat: 38.1, lng: 106.341 })).toBeCloseTo(87.5, 0);
  });
});
