import { describe, expect, it } from "vitest";
import { qualityOf } from "./quality";
import { returnsByItself, ringingOne, secondsLeft, waysBack } from "./ringing";
import { makeInvitation } from "./state.test-support";

describe("calls", () => {
  it("the gravest rings, then the one that came first", () => {
    const items = [
      makeInvitation({ conference: 1, severity: 3, called_at: "2026-11-22T00:00:00.000Z" }),
      makeInvitation({ conference: 2, severity: 1, called_at: "2026-11-22T00:00:09.000Z" }),
      makeInvitation({ conference: 3, severity: 1, called_at: "2026-11-22T00:00:05.000Z" }),
    ];
    expect(ringingOne(items)?.conference).toBe(3);
    expect(ringingOne([makeInvitation({ presence: "joined" })])).toBeNull();
  });

  it("what has stopped ringing is a way back, but not into where one is", () => {
    const items = [
      makeInvitation({ conference: 1 }),
      makeInvitation({ conference: 2, presence: "no_answer" }),
      makeInvitation({ conference: 3, presence: "joined" }),
    ];
    expect(waysBack(items, 3).map(({ conference }) => conference)).toEqual([2]);
  });

  it("only who has not left goes back by itself, and never against another page", () => {
    expect(returnsByItself(makeInvitation({ presence: "away" }), false)).toBe(true);
    expect(returnsByItself(makeInvitation({ presence: "joined" }), true)).toBe(true);
    expect(returnsByItself(makeInvitation({ presence: "joined" }), false)).toBe(false);
    expect(returnsByItself(makeInvitation({ presence: "left" }), true)).toBe(false);
  });

  it("counts down to not answered", () => {
    expect(secondsLeft(makeInvitation(), Date.parse("2026-11-22T00:00:40.200Z"))).toBe(5);
    expect(secondsLeft(makeInvitation(), Date.parse("2026-11-22T00:01:00.000Z"))).toBe(0);
    expect(secondsLeft(makeInvitation({ no_answer_at: null }), 0)).toBeNull();
  });
});

describe("a line", () => {
  const before = { at: 0, received: 100, lost: 0, decoded: 10, frozen: 0 };

  it.each([
    ["good", { at: 2000, received: 300, lost: 1, decoded: 60, frozen: 0 }],
    ["fair", { at: 2000, received: 290, lost: 10, decoded: 60, frozen: 0 }],
    ["poor", { at: 2000, received: 250, lost: 40, decoded: 60, frozen: 0 }],
    ["poor", { at: 2000, received: 300, lost: 0, decoded: 12, frozen: 0 }],
    ["none", { at: 2000, received: 100, lost: 0, decoded: 10, frozen: 0 }],
    [null, { at: 2000, received: 20, lost: 0, decoded: 5, frozen: 0 }],
  ])("is %s", (expected, now) => {
    expect(qualityOf(before, now)).toBe(expected);
  });
});
