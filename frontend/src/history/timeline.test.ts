import { describe, expect, it } from "vitest";
import { alarmBars, band, type Bucket, bucketSpan, eventBars, niceTop, ticks } from "./timeline";

const buckets: readonly Bucket[] = [
  { at: "2026-11-01T00:00:00Z", events: { pass: 30, denied: 10 }, alarms: {} },
  { at: "2026-11-01T01:00:00Z", events: {}, alarms: { 1: 1, 3: 9 } },
  { at: "2026-11-01T02:00:00Z", events: { pass: 1 }, alarms: { 4: 5 } },
];

describe("timeline", () => {
  it("scales to a round top", () => {
    expect([0, 1, 3, 10, 11, 40, 51, 4600].map(niceTop)).toEqual([1, 1, 5, 10, 20, 50, 100, 5000]);
  });

  it("draws a bar only where something happened, never too low to see", () => {
    const bars = eventBars(buckets, 300, 100);
    expect(bars.map(({ x }) => x)).toEqual([0, 200]);
    expect(bars.map(({ height }) => height)).toEqual([80, 2]);
    expect(bars.every(({ y, height }) => y + height === 100)).toBe(true);
  });

  it("stacks alarms without gaps, the gravest on the axis", () => {
    const [red, yellow, blue] = alarmBars(buckets, 300, 100);
    expect([red?.severity, yellow?.severity, blue?.severity]).toEqual([1, 3, 4]);
    expect(red).toMatchObject({ y: 90, height: 10 });
    expect(yellow).toMatchObject({ y: 0, height: 90 });
    expect(blue?.x).toBe(200);
  });

  it("cuts bands off at the edges", () => {
    const whole = { since: 1000, until: 2000 };
    expect(band({ since: 500, until: 1500 }, whole, 100)).toEqual({ x: 0, width: 50 });
    expect(band({ since: 1990, until: 9000 }, whole, 100)).toEqual({ x: 99, width: 4 });
    expect(band({ since: 2000, until: 3000 }, whole, 100)).toBeNull();
  });

  it("labels as many buckets as fit", () => {
    expect(ticks(24, 700, 100)).toEqual([0, 4, 8, 12, 16, 20]);
    expect(ticks(3, 700, 100)).toEqual([0, 1, 2]);
    expect(ticks(0, 700, 100)).toEqual([]);
  });

  it("zooms to a bucket", () => {
    expect(bucketSpan(buckets, 1, 3600)).toEqual({
      since: Date.parse("2026-11-01T01:00:00Z"),
      until: Date.parse("2026-11-01T02:00:00Z"),
    });
    expect(bucketSpan(buckets, 9, 3600)).toBeNull();
  });
});
