import { describe, expect, it } from "vitest";
import { makeAlarm } from "@/feed/feed.test-support";
import { arrange, EVERYTHING, isFiltering, matches } from "./filter";

const older = makeAlarm({ id: 1, severity: 1, raised_at: "2026-11-22T00:00:00.000Z" });
const newer = makeAlarm({ id: 2, severity: 1, raised_at: "2026-11-22T00:05:00.000Z" });
const mild = makeAlarm({ id: 3, severity: 4, raised_at: "2026-11-22T00:09:00.000Z" });
const known = makeAlarm({
  id: 4,
  severity: 1,
  acknowledged: true,
  raised_at: "2026-11-22T00:10:00.000Z",
});

function ids(sort: Parameters<typeof arrange>[2]): number[] {
  return arrange([older, known, mild, newer], EVERYTHING, sort).map(({ id }) => id);
}

describe("arrange", () => {
  it("puts the unacknowledged first, then the gravest, then the newest", () => {
    expect(ids("priority")).toEqual([2, 1, 3, 4]);
  });

  it("orders by age or by severity alone when asked", () => {
    expect(ids("newest")).toEqual([4, 3, 2, 1]);
    expect(ids("oldest")).toEqual([1, 2, 3, 4]);
    expect(ids("severity")).toEqual([4, 2, 1, 3]);
  });

  it("tells alarms of the same instant apart by number, the same way every time", () => {
    const twin = { ...older, id: 9 };
    expect(arrange([older, twin], EVERYTHING, "priority").map(({ id }) => id)).toEqual([9, 1]);
    expect(arrange([twin, older], EVERYTHING, "priority").map(({ id }) => id)).toEqual([9, 1]);
  });
});

describe("an alarm that was just acknowledged", () => {
  it("keeps its place, in the order and under the filter, until it no longer lingers", () => {
    const taken = { ...newer, acknowledged: true };
    const unacknowledged = { ...EVERYTHING, state: "unacknowledged" } as const;
    const shown = (lingering: number[]): number[] =>
      arrange([older, taken, mild], unacknowledged, "priority", new Set(lingering)).map(({ id }) => id);
    expect(shown([2])).toEqual([2, 1, 3]);
    expect(shown([])).toEqual([1, 3]);
    const [first] = arrange([taken], EVERYTHING, "priority", new Set([2]));
    expect(first).toBe(taken);
  });
});

describe("matches", () => {
  it("takes any severity when none is chosen, else only those chosen", () => {
    expect(matches(mild, EVERYTHING)).toBe(true);
    expect(matches(mild, { ...EVERYTHING, severities: [1, 2] })).toBe(false);
    expect(matches(mild, { ...EVERYTHING, severities: [4] })).toBe(true);
  });

  it("keeps acknowledged and cleared apart: they are two flags", () => {
    const cleared = makeAlarm({ active: false });
    const states = ["unacknowledged", "acknowledged", "active", "cleared"] as const;
    const passed = (alarm: typeof cleared): string[] =>
      states.filter((state) => matches(alarm, { ...EVERYTHING, state }));
    expect(passed(cleared)).toEqual(["unacknowledged", "cleared"]);
    expect(passed(known)).toEqual(["acknowledged", "active"]);
  });

  it("takes an area with all that lies in it", () => {
    const area = (prefix: string): boolean => matches(older, { ...EVERYTHING, area: prefix });
    expect(area("640181")).toBe(true);
    expect(area("640181100001")).toBe(true);
    expect(area("640181101")).toBe(false);
  });

  it("knows whether anything is filtered at all", () => {
    expect(isFiltering(EVERYTHING)).toBe(false);
    expect(isFiltering({ ...EVERYTHING, severities: [1] })).toBe(true);
  });
});
