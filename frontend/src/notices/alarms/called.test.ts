import { describe, expect, it } from "vitest";
import { makeAlarm } from "@/feed/feed.test-support";
import type { Alarm } from "@/feed/types";
import { calledTo, postCodes } from "./called";

const TOWN = "640181100";
const codes = postCodes({ posts: [{ id: 1, role: "township_officer", code: TOWN, name: "东塔镇" }] });
const passed = (id: number, change: Partial<Alarm> = {}): Alarm =>
  makeAlarm({ id, level: TOWN, escalated_at: "2026-11-22T00:05:00.000Z", ...change });
const ids = (alarms: readonly Alarm[], reminders = false): number[] => calledTo(alarms, codes, { reminders }).map(({ id }) => id);

describe("alarms that a post is called to", () => {
  it("are those passed up to its very level", () => {
    expect(ids([passed(1), passed(2, { level: "640181" }), passed(3, { level: "640181100001" }), makeAlarm({ id: 4 })])).toEqual([1]);
  });

  it("are gone once acknowledged or kept quiet", () => {
    expect(ids([
      passed(1, { acknowledged: true }),
      passed(2, { shelved_until: "2026-11-22T09:00:00.000Z" }),
      passed(3, { out_of_service: true }),
      passed(4, { suppressed_by: "forced_open" }),
    ])).toEqual([]);
  });

  it("are with reminders where these are wanted", () => {
    const reminded = makeAlarm({ id: 1, level: TOWN, reminders: 1 });
    expect(ids([reminded])).toEqual([]);
    expect(ids([reminded], true)).toEqual([1]);
  });

  it("begin with the gravest, then with what waits longest", () => {
    expect(ids([passed(1, { severity: 3 }), passed(2, { severity: 1 }), passed(3, { severity: 1, raised_at: "2026-11-21T23:00:00.000Z" })])).toEqual([3, 2, 1]);
  });
});
