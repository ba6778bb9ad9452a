import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Task, TaskDetail, TaskState } from "../types";
import { arranged, countdown } from "./order";
import { isLive, mayDecline, nextStep, projected, reachedAt, STATIONS, type WaitingStep } from "./steps";

const STATES: readonly TaskState[] = [
  "created", "delivered", "acknowledged", "en_route", "on_scene", "done", "declined", "cancelled", "expired",
];

function task(more: Partial<Task> = {}): Task {
  return {
    id: 1,
    incident: 1,
    unit: 1,
    code: "640181100",
    state: "delivered",
    order: "",
    created_at: "2026-11-22T05:00:00Z",
    created_by: null,
    delivered_at: null,
    acknowledged_at: null,
    en_route_at: null,
    on_scene_at: null,
    done_at: null,
    ended_at: null,
    answer_by: "2026-11-22T05:01:30Z",
    reminded: 0,
    check_in_minutes: null,
    check_in_by: null,
    reason: "",
    feedback: "",
    proposed: null,
    ...more,
  };
}

function detail(more: Partial<Task>, severity = 3): TaskDetail {
  return { task: task(more), incident: { severity } } as TaskDetail;
}

const waiting = (step: WaitingStep["step"], text = ""): WaitingStep => ({ step, text, at: Date.parse("2026-11-22T05:02:00Z") });

describe("the next step", () => {
  it("leads from the order to the feedback, and nowhere else", () => {
    let one = task({ state: "created" });
    const taken: string[] = [];
    for (let step = nextStep(one); step !== null; step = nextStep(one)) {
      taken.push(step);
      one = projected(one, [waiting(step, "好")]);
    }
    expect(taken).toEqual(["acknowledge", "start", "arrive", "done"]);
    expect(one).toMatchObject({ state: "done", feedback: "好" });
    expect(STATIONS.every((station) => reachedAt(one, station) !== null)).toBe(true);
  });

  it("exists exactly for what is owed", () => {
    for (const state of STATES) expect(nextStep({ state }) !== null).toBe(isLive({ state }));
  });

  it("may be declined until one has arrived", () => {
    expect(STATES.filter((state) => mayDecline({ state }))).toEqual(["created", "delivered", "acknowledged", "en_route"]);
  });
});

describe("a task with what waits", () => {
  const step = fc.constantFrom(...(["deliver", "acknowledge", "start", "arrive", "done", "decline"] as const));

  it("never goes back, never leaves an end, and does not change twice", () => {
    fc.assert(
      fc.property(fc.constantFrom(...STATES), fc.array(step, { maxLength: 6 }), (state, steps) => {
        const before = task({ state });
        const acts = steps.map((one) => waiting(one, "话"));
        const after = projected(before, acts);
        expect(projected(after, acts)).toEqual(after);
        if (!isLive(before)) expect(after).toEqual(before);
        const way = STATES.slice(0, 6);
        if (way.includes(after.state)) expect(way.indexOf(after.state)).toBeGreaterThanOrEqual(way.indexOf(state));
      }),
    );
  });

  it("no longer counts down once it is answered", () => {
    const now = Date.parse("2026-11-22T05:00:30Z");
    expect(countdown(projected(task(), [waiting("deliver")]), now)).not.toBeNull();
    expect(countdown(projected(task(), [waiting("acknowledge")]), now)).toBeNull();
  });
});

describe("the countdown", () => {
  it.each([
    ["2026-11-22T05:00:00Z", "1:30", false, false],
    ["2026-11-22T05:01:00.5Z", "0:29", false, true],
    ["2026-11-22T05:01:30Z", "0:00", true, true],
    ["2026-11-22T05:09:00Z", "0:00", true, true],
  ])("at %s says %s", (at, text, isOver, isShort) => {
    expect(countdown(task(), Date.parse(at))).toEqual({ text, isOver, isShort });
  });
});

describe("the inbox", () => {
  it("puts what must be answered first, then the worst, then what has ended", () => {
    const all = [
      detail({ id: 1, state: "done", ended_at: "2026-11-22T04:00:00Z" }),
      detail({ id: 2, state: "en_route" }, 3),
      detail({ id: 3, state: "delivered", answer_by: "2026-11-22T05:09:00Z" }),
      detail({ id: 4, state: "on_scene" }, 1),
      detail({ id: 5, state: "created", answer_by: "2026-11-22T05:01:00Z" }),
      detail({ id: 6, state: "declined", ended_at: "2026-11-22T04:30:00Z" }),
    ];
    const { unanswered, underWay, ended } = arranged(all);
    expect([unanswered, underWay, ended].map((group) => group.map((one) => one.task.id))).toEqual([[5, 3], [4, 2], [6, 1]]);
  });
});
