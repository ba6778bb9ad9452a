import { describe, expect, it } from "vitest";
import { makeIncident, makeTask } from "@/feed/feed.test-support";
import { type Allowed, askOf, groupsOf, isAsking, offersOf, wantsOf } from "./cases";

const VILLAGE = "640181100200";
const OURS = { codes: new Set([VILLAGE]), units: new Set([7]), now: Date.parse("2026-11-22T01:00:00.000Z") };
const ours = makeIncident({ id: 1, code: VILLAGE, owner: VILLAGE, stage: "reported" });
const theirs = makeIncident({ id: 2, code: VILLAGE, owner: "640181100", stage: "dispatched" });

describe("what a case asks of a village", () => {
  it("is to be handled while the village is responsible and nobody was sent", () => {
    expect(askOf(ours, [], OURS)).toBe("take");
    expect(askOf({ ...ours, stage: "accepted" }, [], OURS)).toBe("take");
    expect(askOf({ ...ours, stage: "dispatched" }, [], OURS)).toBe("wait");
    expect(askOf({ ...ours, stage: "suspended" }, [], OURS)).toBe("suspended");
    expect(askOf({ ...ours, stage: "closed" }, [], OURS)).toBe("ended");
  });

  it("is an answer, then feedback, once its own unit was sent, whoever is responsible", () => {
    const sent = makeTask({ incident: 2, unit: 7, state: "delivered" });
    expect(askOf(theirs, [sent], OURS)).toBe("answer");
    expect(askOf(theirs, [{ ...sent, state: "on_scene" }], OURS)).toBe("feedback");
    expect(askOf(theirs, [{ ...sent, state: "done" }], OURS)).toBe("wait");
    expect(askOf(theirs, [{ ...sent, unit: 8 }], OURS)).toBe("wait");
  });

  it("is to be verified only where others handled it", () => {
    const handled = { ...ours, stage: "handled" as const };
    const done = makeTask({ incident: 1, unit: 7, state: "done" });
    expect(askOf(handled, [{ ...done, unit: 8 }], OURS)).toBe("check");
    expect(askOf(handled, [done], OURS)).toBe("wait");
  });

  it("sorts the cases into three heaps", () => {
    const over = makeIncident({ id: 3, code: VILLAGE, stage: "rejected" });
    const { todo, others, ended } = groupsOf([over, theirs, ours], [], OURS);
    expect([todo, others, ended].map((heap) => heap.map(({ incident }) => incident.id))).toEqual([[1], [2], [3]]);
  });
});

describe("the buttons of a case", () => {
  const NOTHING: Allowed = {
    actions: [],
    steps: [],
    may: { ask_extension: false, ask_help: false },
    extension: false,
    hasOwnUnit: true,
    mayComment: false,
  };
  const acts = (change: Partial<Allowed>): readonly (readonly string[])[] => {
    const { now, more } = offersOf({ ...NOTHING, ...change });
    return [now.map(({ act }) => act), more.map(({ act }) => act)];
  };
  const fresh = (["accept", "dispatch", "transfer_up", "merge"] as const).map((action) => ({ action, needs: [] }));

  it("offer a new case to be taken, or handed up", () => {
    const may = { ask_extension: true, ask_help: true };
    expect(acts({ actions: fresh, may, mayComment: true })).toEqual([
      ["take", "accept"],
      ["transfer_up", "ask_extension", "ask_help", "note"],
    ]);
    expect(acts({ actions: fresh, hasOwnUnit: false })[0]).toEqual(["accept"]);
    expect(acts({ may, extension: true })[1]).toEqual(["ask_help"]);
  });

  it("follow the task of one's own unit", () => {
    const none = (step: string): { step: string; needs: string[] } => ({ step, needs: [] });
    expect(acts({ steps: ["deliver", "acknowledge", "start", "decline"].map(none) })).toEqual([
      ["acknowledge", "start"],
      ["decline"],
    ]);
    const steps = [none("start"), none("arrive"), { step: "done", needs: ["feedback", "photo"] }];
    expect(offersOf({ ...NOTHING, steps }).now).toEqual([
      { act: "done", needsPhoto: true },
      { act: "arrive", needsPhoto: false },
    ]);
  });

  it("ask for words where the server wants them", () => {
    expect(["take", "accept", "acknowledge", "arrive", "verify"].map((act) => isAsking(act as never))).not.toContain(true);
    expect(wantsOf("done")).toEqual({ text: "required", photos: true, minutes: false });
    expect(wantsOf("ask_extension").minutes).toBe(true);
    expect(wantsOf("note").text).toBe("optional");
  });
});
