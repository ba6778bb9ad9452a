import { describe, expect, it } from "vitest";
import { begin, type Entry, hurried, isOver, next, type Outcome, pause, settle } from "./machine";

let numbers = 0;

function entry(lane: string, more: Partial<Entry<string>> = {}): Entry<string> {
  numbers += 1;
  const key = `k${String(numbers)}`;
  return { ...begin({ key, user: 1, lane, act: key }, { wall: 1_000, page: "p", up: 0 }), seq: numbers, ...more };
}

const REFUSED: Outcome = { kind: "refused", refusal: { code: "conflict", detail: "", status: 409 } };

describe("what goes out next", () => {
  it("is the oldest that waits", () => {
    const [first, second] = [entry("a"), entry("b")];
    expect(next([second, first], 2_000)).toEqual({ do: "send", entry: first });
  });

  it("is nothing when nothing waits", () => {
    expect(next([entry("a", { state: "sent" }), entry("a", { state: "refused" })], 2_000)).toEqual({ do: "rest" });
  });

  it("never overtakes in its lane, and does not hold the others up", () => {
    const failed = entry("a", { attempts: 1, notBefore: 9_000 });
    const behind = entry("a");
    const elsewhere = entry("b");
    expect(next([failed, behind, elsewhere], 2_000)).toEqual({ do: "send", entry: elsewhere });
    expect(next([failed, behind], 2_000)).toEqual({ do: "wait", until: 9_000 });
    expect(next([failed, behind], 9_000)).toEqual({ do: "send", entry: failed });
  });

  it("of a channel is of the lanes whose first entry goes on it", () => {
    const photo = entry("task:1");
    const behind = entry("task:1");
    const call = entry("sos");
    const isPhoto = (one: Entry<string>): boolean => one.key === photo.key;
    expect(next([photo, behind, call], 2_000, isPhoto)).toEqual({ do: "send", entry: photo });
    expect(next([photo, behind, call], 2_000, (one) => !isPhoto(one))).toEqual({ do: "send", entry: call });
    expect(next([photo, behind], 2_000, (one) => !isPhoto(one))).toEqual({ do: "rest" });
  });

  it("is what comes after a refusal", () => {
    const behind = entry("a");
    expect(next([entry("a", { state: "refused" }), behind], 2_000)).toEqual({ do: "send", entry: behind });
  });
});

describe("what an outcome means", () => {
  it("answered: sent, with what it made", () => {
    expect(settle(entry("a"), { kind: "answered", made: 7 }, 5_000)).toMatchObject({ state: "sent", made: 7, answeredAt: 5_000 });
  });

  it("refused: kept with the reason", () => {
    expect(settle(entry("a"), REFUSED, 5_000)).toMatchObject({ state: "refused", refusal: { code: "conflict" } });
  });

  it("failed: waits longer each time, and a minute at the most", () => {
    let one = entry("a");
    const pauses: number[] = [];
    for (let n = 0; n < 9; n += 1) {
      one = settle(one, { kind: "failed" }, 0);
      pauses.push(one.notBefore);
    }
    expect(one.state).toBe("waiting");
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect([pauses[0], pauses.at(-1)]).toEqual([pause(1), 60_000]);
  });

  it("a call for help never waits longer than five seconds", () => {
    let one = entry("sos");
    for (let n = 0; n < 9; n += 1) one = settle(one, { kind: "failed" }, 0, "urgent");
    expect(one.notBefore).toBe(5_000);
  });

  it("signed out: as if it had not been tried", () => {
    const one = entry("a");
    expect(settle(one, { kind: "signed_out" }, 5_000)).toEqual(one);
  });
});

describe("an entry", () => {
  it("no longer waits for its time once hurried", () => {
    expect(hurried(entry("a", { attempts: 3, notBefore: 9_000 })).notBefore).toBe(0);
    const sent = entry("a", { state: "sent", notBefore: 9_000 });
    expect(hurried(sent)).toBe(sent);
  });

  it("is put away after its time, never while it waits", () => {
    const days = (n: number): number => n * 24 * 3600_000;
    expect(isOver(entry("a", { state: "sent", answeredAt: 0 }), days(1) + 1)).toBe(true);
    expect(isOver(entry("a", { state: "refused", answeredAt: 0 }), days(6))).toBe(false);
    expect(isOver(entry("a", { state: "refused", answeredAt: 0 }), days(7) + 1)).toBe(true);
    expect(isOver(entry("a"), days(999))).toBe(false);
  });
});
