import { describe, expect, it } from "vitest";
import { byDay, dayOf, isNow, timesOf } from "./shifts";

const local = (text: string): string => new Date(text).toISOString();

describe("a shift", () => {
  it("that ends before it begins ends on the next day", () => {
    expect(timesOf({ day: "2026-11-28", from: "08:00", until: "20:00" })).toEqual({
      starts_at: local("2026-11-28T08:00"),
      ends_at: local("2026-11-28T20:00"),
    });
    expect(timesOf({ day: "2026-11-30", from: "20:00", until: "08:00" })?.ends_at).toBe(local("2026-12-01T08:00"));
  });

  it("is none while something is missing", () => {
    expect(timesOf({ day: "", from: "08:00", until: "20:00" })).toBeNull();
    expect(timesOf({ day: "x", from: "08:00", until: "20:00" })).toBeNull();
  });

  it("is told under its day, one under way under today's", () => {
    const now = Date.parse(local("2026-11-28T01:00"));
    const night = { starts_at: local("2026-11-27T20:00"), ends_at: local("2026-11-28T08:00") };
    const next = { starts_at: local("2026-11-29T08:00"), ends_at: local("2026-11-29T20:00") };
    expect(byDay([next, night], now)).toEqual([
      { day: "2026-11-28", shifts: [night] },
      { day: "2026-11-29", shifts: [next] },
    ]);
    expect([isNow(night, now), isNow(next, now)]).toEqual([true, false]);
    expect(dayOf(now)).toBe("2026-11-28");
  });
});
