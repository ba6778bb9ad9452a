import { describe, expect, it } from "vitest";

import { ageOf } from "./age";

describe("ageOf", () => {
  const now = Date.parse("2026-11-22T12:00:00.000Z");
  it.each([
    ["2026-11-22T12:00:05.000Z", "now", 0],
    ["2026-11-22T11:59:59.500Z", "now", 0],
    ["2026-11-22T11:59:01.000Z", "s", 59],
    ["2026-11-22T11:57:00.000Z", "min", 3],
    ["2026-11-22T10:00:30.000Z", "min", 119],
    ["2026-11-22T08:00:00.000Z", "h", 4],
    ["2026-11-19T12:00:00.000Z", "d", 3],
    ["no time at all", "now", 0],
  ])("%s → %s %i", (at, unit, n) => {
    expect(ageOf(at, now)).toEqual({ unit, n });
  });
});
