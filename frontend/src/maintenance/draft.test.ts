import { describe, expect, it } from "vitest";
import { makeWindow } from "@/feed/feed.test-support";
import { inOrder, isComplete, localMinute, newDraft, requestOf } from "./draft";

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
