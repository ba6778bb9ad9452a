import { describe, expect, it } from "vitest";
import type { Colours } from "../charts";
import { duration, rateChart, shown, withinLimit } from "./figures";
import { isSpan, spanOf } from "./periods";

const colours: Colours = { text: "t", muted: "m", border: "b", strong: "s", middle: "d", weak: "w" };

describe("periods", () => {
  it("knows the shift by day, in the evening and after midnight", () => {
    expect(spanOf("shift", "2026-03-01T07:59").since).toBe("2026-02-28T20:00");
    expect(spanOf("shift", "2026-03-01T08:00")).toEqual({ since: "2026-03-01T08:00", until: "2026-03-01T20:00" });
    expect(spanOf("shift", "2026-12-31T23:10").until).toBe("2027-01-01T08:00");
    expect(spanOf("lastShift", "2026-03-01T08:00").since).toBe("2026-02-28T20:00");
  });

  it("begins weeks on Monday and ends months where they end", () => {
    expect(spanOf("week", "2026-11-29T12:00").since).toBe("2026-11-23T00:00");
    expect(spanOf("lastMonth", "2026-01-05T00:00")).toEqual({ since: "2025-12-01T00:00", until: "2026-01-01T00:00" });
  });

  it("refuses what is empty, backwards or longer than a year", () => {
    expect(isSpan({ since: "2026-01-01T00:00", until: "2026-01-01T00:00" })).toBe(false);
    expect(isSpan({ since: "2024-01-01T00:00", until: "2026-01-01T00:00" })).toBe(false);
    expect(isSpan({ since: "2026-01-01T00:00", until: "" })).toBe(false);
    expect(isSpan({ since: "2026-01-01T00:00", until: "2026-01-01T00:10" })).toBe(true);
  });
});

describe("figures", () => {
  const figure = { name: "", meaning: "", limit: null, value: null } as const;

  it("tells shares in per cent, times in words and numbers as they are", () => {
    const age = (ms: number): string => `${String(ms / 60_000)} min`;
    expect(shown({ ...figure, key: "flood", value: 0.0123 }, age)).toBe("1.2 %");
    expect(shown({ ...figure, key: "longest_flood", value: 1200 }, age)).toBe("20 min");
    expect(shown({ ...figure, key: "average", value: 0.1234 }, age)).toBe("0.12");
    expect(shown({ ...figure, key: "raised", value: 12 }, age)).toBe("12");
    expect(shown({ ...figure, key: "worst" }, age)).toBe("–");
  });

  it("tells times to the second", () => {
    expect([0, 57, 133, 3600 + 133].map(duration)).toEqual(["0:00", "0:57", "2:13", "1:02:13"]);
  });

  it("is within its limit up to it, and says nothing without one", () => {
    expect(withinLimit({ ...figure, key: "peak", value: 10, limit: 10 })).toBe(true);
    expect(withinLimit({ ...figure, key: "peak", value: 10.1, limit: 10 })).toBe(false);
    expect(withinLimit({ ...figure, key: "raised", value: 3 })).toBe(null);
    expect(withinLimit({ ...figure, key: "worst", limit: 0.05 })).toBe(null);
  });

  it("draws the average within the peak, and one of them where a point is one window", () => {
    const points = [{ at: "2026-11-01T00:00:00Z", alarms: 3, average: 1, peak: 2 }];
    const words = { average: "a", peak: "p", flood: "f" };
    const series = (step: number): unknown[] =>
      (rateChart(points, step, words, colours) as { series: unknown[] }).series;
    expect(series(3600)).toHaveLength(2);
    expect(series(600)).toHaveLength(1);
  });
});
