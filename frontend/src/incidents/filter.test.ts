import { describe, expect, it } from "vitest";
import { makeIncident } from "@/feed/feed.test-support";
import { STAGES } from "@/feed/types";
import { arrange, figuresOf, groupOf, isFiltering, isOwed, matches, OPEN, STAGE_GROUPS } from "./filter";

const now = Date.parse("2026-11-22T01:00:00.000Z");
const viewer = { codes: new Set(["640181"]), now };
const clock = (warn: string, due: string): { warn_at: string; due_at: string } => ({
  warn_at: `2026-11-22T${warn}:00.000Z`,
  due_at: `2026-11-22T${due}:00.000Z`,
});

const overdue = makeIncident({ id: 1, severity: 4, ...clock("00:40", "00:50") });
const nearly = makeIncident({ id: 2, severity: 3, ...clock("00:50", "01:10") });
const grave = makeIncident({ id: 3, severity: 1, ...clock("02:00", "03:00") });
const soon = makeIncident({ id: 4, severity: 2, ...clock("01:30", "01:40") });
const later = makeIncident({ id: 5, severity: 2, ...clock("01:30", "01:50") });
const resting = makeIncident({ id: 6, severity: 1, stage: "suspended", warn_at: null, due_at: null });
const closed = makeIncident({ id: 7, severity: 1, stage: "closed", warn_at: null, due_at: null });
const all = [closed, later, resting, soon, grave, nearly, overdue];

const ids = (change: Partial<typeof OPEN>): number[] =>
  arrange(all, { ...OPEN, ...change }, viewer).map(({ id }) => id);

describe("the order of incidents", () => {
  it("is light, then severity, then due time; suspended after all that runs, ended last", () => {
    expect(ids({ group: "all" })).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it("tells incidents of the same rank apart by number, the newest first", () => {
    const twin = { ...soon, id: 9 };
    expect(arrange([soon, twin], OPEN, viewer).map(({ id }) => id)).toEqual([9, 4]);
  });
});

describe("the filter of incidents", () => {
  it("shows what is owed unless another group is chosen", () => {
    expect(ids({})).not.toContain(7);
    expect(ids({ group: "ended" })).toEqual([7]);
    expect(ids({ group: "suspended" })).toEqual([6]);
    expect(ids({ group: "waiting" })).toEqual([1, 2, 3, 4, 5]);
  });

  it("knows a group for every stage, and owes nothing for what has ended", () => {
    for (const stage of STAGES) expect(STAGE_GROUPS).toContain(groupOf(stage));
    expect(STAGES.filter((stage) => !isOwed({ stage }))).toEqual(["closed", "archived", "rejected", "merged"]);
  });

  it("narrows by severity, by light, by supervision and by words", () => {
    expect(ids({ severities: [1] })).toEqual([3, 6]);
    expect(ids({ overdue: true })).toEqual([1]);
    expect(matches({ ...soon, supervised: 1 }, { ...OPEN, supervised: true }, viewer)).toBe(true);
    expect(ids({ supervised: true })).toEqual([]);
    const missed = { ...soon, redispatch: "2026-11-22T00:30:00.000Z" };
    expect(matches(missed, { ...OPEN, redispatch: true }, viewer)).toBe(true);
    expect(ids({ redispatch: true })).toEqual([]);
    expect(matches(soon, { ...OPEN, text: " 0001 " }, viewer)).toBe(true);
    expect(matches(soon, { ...OPEN, text: "通道" }, viewer)).toBe(true);
    expect(matches(soon, { ...OPEN, text: "0002" }, viewer)).toBe(false);
  });

  it("takes as ours what the very jurisdiction of a post is responsible for", () => {
    const townships = { ...soon, owner: "640181100" };
    expect(matches(soon, { ...OPEN, ours: true }, viewer)).toBe(true);
    expect(matches(townships, { ...OPEN, ours: true }, viewer)).toBe(false);
  });

  it("knows whether anything is filtered at all", () => {
    expect(isFiltering(OPEN)).toBe(false);
    expect(isFiltering({ ...OPEN, text: "  " })).toBe(false);
    expect(isFiltering({ ...OPEN, overdue: true })).toBe(true);
  });
});

describe("the figures", () => {
  it("count what is owed", () => {
    const more = { ...soon, supervised: 2, redispatch: "2026-11-22T00:30:00.000Z" };
    expect(figuresOf([...all, more], now)).toEqual({ open: 7, overdue: 1, supervised: 1, redispatch: 1 });
  });
});
