import { describe, expect, it } from "vitest";
import { makeTask } from "@/feed/feed.test-support";
import { TASK_STATES } from "@/feed/types";
import { answerLeft, arrangeTasks, isLive, marksOf, needOf, stepsIn } from "./tasks";

const now = Date.parse("2026-11-22T00:02:00.000Z");

describe("a task", () => {
  it("counts down to its acknowledgement, and on when it is late, but not once it was answered", () => {
    expect(answerLeft(makeTask(), now)).toBe(30_000);
    expect(answerLeft(makeTask(), now + 60_000)).toBe(-30_000);
    expect(answerLeft(makeTask({ state: "acknowledged" }), now)).toBeNull();
    expect(answerLeft(makeTask({ answer_by: null }), now)).toBeNull();
  });

  it("shows the whole way ahead while it is live, and how it ended otherwise", () => {
    expect(marksOf(makeTask()).map(({ state }) => state)).toEqual([
      "created",
      "delivered",
      "acknowledged",
      "en_route",
      "on_scene",
      "done",
    ]);
    const declined = makeTask({ state: "declined", delivered_at: "d", ended_at: "e" });
    expect(marksOf(declined).map(({ state, at }) => [state, at])).toEqual([
      ["created", declined.created_at],
      ["delivered", "d"],
      ["declined", "e"],
    ]);
  });

  it("offers no step once it has ended, and a way out of every live state", () => {
    for (const state of TASK_STATES) {
      expect(stepsIn(state).includes("cancel")).toBe(isLive({ state }));
    }
  });

  it("asks why it is declined or cancelled, and what was done", () => {
    expect(needOf("decline")).toBe("reason");
    expect(needOf("cancel")).toBe("reason");
    expect(needOf("done")).toBe("feedback");
    expect(needOf("start")).toBeNull();
  });

  it("stands before those that have ended", () => {
    const tasks = [makeTask({ id: 1, state: "declined" }), makeTask({ id: 2 }), makeTask({ id: 3, state: "done" })];
    expect(arrangeTasks(tasks).map(({ id }) => id)).toEqual([2, 1, 3]);
  });
});
