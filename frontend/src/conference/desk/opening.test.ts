import { describe, expect, it } from "vitest";
import { makeAlarm, makeIncident, makeJurisdiction } from "@/feed/feed.test-support";
import { BucketMap } from "@/feed/bucketMap";
import { EMPTY_STATE } from "@/feed/reduce";
import { type ChainPlace, firstTicked, invitedOf, keyOf, openingFor, type PersonAtPost, toggled } from "./opening";

const person = (user: number, code: string): PersonAtPost => ({ user, name: `u${String(user)}`, code, online: true, automatic: false, busy: null });
const place = (code: string, proposed: boolean, ...people: readonly PersonAtPost[]): ChainPlace => ({ code, name: code, level: "village", proposed, people });

const state = {
  ...EMPTY_STATE,
  incidents: new Map([[1, makeIncident()]]),
  alarms: BucketMap.of([[1, makeAlarm()]]),
  jurisdictions: new Map([["640181", makeJurisdiction()]]),
};

describe("a new conference", () => {
  it("is about what is selected", () => {
    const word = ({ condition }: { condition: string }): string => `<${condition}>`;
    expect(openingFor({ kind: "incident", id: 1 }, state, word)).toMatchObject({ about: { kind: "incident", id: "1" }, severity: makeIncident().severity });
    expect(openingFor({ kind: "alarm", id: 1 }, state, word)?.title).toContain("<lane_blocked>");
    expect(openingFor({ kind: "jurisdiction", id: "640181" }, state, word)).toMatchObject({ about: { kind: "place", code: "640181" } });
    expect(openingFor({ kind: "incident", id: 9 }, state, word)).toBeNull();
    expect(openingFor({ kind: "unit", id: 1 }, state, word)).toBeNull();
    expect(openingFor(null, state, word)).toBeNull();
  });

  it("begins with the whole chain ticked, each person once and nearest to the place", () => {
    const places = [
      place("640181", true, person(1, "640181"), person(2, "640181")),
      place("640181100", true, person(2, "640181100")),
      place("640181101", false, person(3, "640181101")),
    ];
    expect([...firstTicked(places)].sort()).toEqual(["1 640181", "2 640181100"]);
    // Of a plan that wants the city alone, its own seat for who is at the township too.
    expect([...firstTicked(places, ({ code }) => code === "640181")].sort()).toEqual(["1 640181", "2 640181"]);
  });

  it("gives nobody two seats", () => {
    const [here, there] = [person(2, "640181100"), person(2, "640181")];
    const ticked = toggled(new Set([keyOf(here)]), there);
    expect(invitedOf(ticked)).toEqual([{ user: 2, code: "640181" }]);
    expect(toggled(ticked, there).size).toBe(0);
  });
});
