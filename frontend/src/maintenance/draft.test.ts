import { describe, expect, it } from "vitest";
import { makeWindow } from "@/feed/feed.test-support";
import { changeOf, draftOf, inOrder, isComplete, isIdle, localMinute, newDraft, questionOf, requestOf, widened } from "./draft";

const NOW = Date.parse("2026-11-22T01:00:00.000Z");

describe("a maintenance window that is being planned", () => {
  it("lasts two hours from now unless somebody says otherwise", () => {
    const draft = { ...newDraft(NOW), reason: " 更换电池 " };
    expect(isComplete(draft, NOW)).toBe(true);
    expect(requestOf(draft, { device: "FL-1", code: "640181100001" })).toEqual({
      device: "FL-1",
      ends_at: "2026-11-22T03:00:00.000Z",
      reason: "更换电池",
    });
  });

  it("wants a reason and an end after its beginning", () => {
    const draft = { ...newDraft(NOW), reason: "年检" };
    expect(isComplete({ ...draft, reason: " " }, NOW)).toBe(false);
    expect(isComplete({ ...draft, now: false, begins: draft.ends }, NOW)).toBe(false);
    expect(isComplete({ ...draft, ends: localMinute(NOW - 60_000) }, NOW)).toBe(false);
    expect(isComplete({ ...draft, ends: "" }, NOW)).toBe(false);
  });

  it("is of a subtree's kinds where it is of no device", () => {
    const draft = { ...newDraft(NOW), now: false, kinds: ["smoke"], reason: "年检" };
    expect(requestOf(draft, { device: null, code: "640181100" })).toMatchObject({
      code: "640181100",
      kinds: ["smoke"],
      begins_at: "2026-11-22T02:00:00.000Z",
    });
  });

  it("stands below what is under way", () => {
    const later = makeWindow({ id: 1, state: "planned", begins_at: "2026-11-23T00:00:00.000Z" });
    const sooner = makeWindow({ id: 2, state: "planned", begins_at: "2026-11-22T12:00:00.000Z" });
    expect(inOrder([later, sooner, makeWindow({ id: 3 })]).map(({ id }) => id)).toEqual([3, 2, 1]);
  });
});

describe("a maintenance window that is being changed", () => {
  const planned = makeWindow({ id: 4, state: "planned", begins_at: "2026-11-22T03:00:00.000Z", ends_at: "2026-11-22T05:00:00.000Z", reason: "年检" });

  it("says only what is to be different", () => {
    expect(changeOf(draftOf(planned), planned)).toEqual({});
    expect(changeOf({ ...draftOf(planned), ends: localMinute(NOW + 6 * 3_600_000), reason: "年检 " }, planned)).toEqual({ ends_at: "2026-11-22T07:00:00.000Z" });
  });

  it("keeps the beginning once it runs", () => {
    const running = { ...planned, state: "running" as const };
    const draft = { ...draftOf(running), begins: localMinute(NOW), reason: "换电池" };
    expect(changeOf(draft, running)).toEqual({ reason: "换电池" });
    expect(questionOf(draft, { device: "FL-1", code: "640181" }, running, NOW)).toEqual({
      window: 4, begins_at: "2026-11-22T03:00:00.000Z", ends_at: "2026-11-22T05:00:00.000Z",
    });
  });

  it("takes the time of another plan in instead of a second record", () => {
    const draft = { ...newDraft(NOW), reason: "更换电池", ends: localMinute(NOW + 9 * 3_600_000) };
    expect(changeOf(widened(planned, draft, NOW), planned)).toEqual({
      begins_at: "2026-11-22T01:00:00.000Z", ends_at: "2026-11-22T10:00:00.000Z",
    });
    expect(changeOf(widened(planned, { ...draft, now: false, begins: localMinute(NOW + 3 * 3_600_000), ends: localMinute(NOW + 3.5 * 3_600_000) }, NOW), planned)).toEqual({});
  });

  it("asks about overlaps without a reason, and only what can be asked", () => {
    expect(questionOf(newDraft(NOW), { device: "FL-1", code: "640181" }, null, NOW)).toEqual({ device: "FL-1", ends_at: "2026-11-22T03:00:00.000Z" });
    expect(questionOf({ ...newDraft(NOW), ends: "" }, { device: "FL-1", code: "640181" }, null, NOW)).toBeNull();
  });

  it("adds nothing where another takes in equipment and time", () => {
    const wide = { window: { ...planned, begins_at: "2026-11-22T00:00:00.000Z" }, relation: "covers" as const };
    expect(isIdle(newDraft(NOW), wide, NOW)).toBe(true);
    expect(isIdle(newDraft(NOW), { ...wide, relation: "crosses" }, NOW)).toBe(false);
    expect(isIdle({ ...newDraft(NOW), ends: localMinute(NOW + 9 * 3_600_000) }, wide, NOW)).toBe(false);
  });
});
