import { describe, expect, it } from "vitest";
import { milestonesOf, wholeOf } from "./milestones";

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 22, 0, minute)).toISOString();
const line = (kind: string, minute: number, detail: Record<string, unknown> = {}, of: string | null = null) => ({
  kind,
  at: at(minute),
  detail,
  of,
});

describe("how long an incident took", () => {
  const reported = { reported_at: at(0), closed_at: null, score: null };

  it("tells the first of each, and how long after the one before", () => {
    const told = milestonesOf({ ...reported, closed_at: at(90), score: 4 }, [
      line("report", 0),
      line("dispatch", 3),
      line("task", 3, { state: "created" }),
      line("task", 4, { state: "acknowledged" }),
      line("task", 12, { state: "on_scene" }),
      line("task", 20, { state: "on_scene", check_in: "given" }),
      line("handle", 40),
      line("close", 90),
    ]);
    expect(told.map(({ name, took }) => [name, took === null ? null : took / 60_000])).toEqual([
      ["reported", null],
      ["dispatched", 3],
      ["acknowledged", 1],
      ["on_scene", 8],
      ["handled", 28],
      ["closed", 50],
    ]);
    expect(wholeOf(told)).toBe(90 * 60_000);
  });

  it("leaves out what it did not come to, and what others have merged in", () => {
    const told = milestonesOf(reported, [line("dispatch", 1, {}, "20261122-0009"), line("dispatch", 5), line("handle", 9)]);
    expect(told.filter((one) => one.at !== null).map(({ name }) => name)).toEqual(["reported", "dispatched", "handled"]);
    expect(told.find(({ name }) => name === "handled")?.took).toBe(4 * 60_000);
    expect(wholeOf(told)).toBeNull();
  });
});
