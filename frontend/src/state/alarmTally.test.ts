import { expect, it } from "vitest";
import { makeAlarm } from "@/feed/feed.test-support";

import { AlarmTally } from "./alarmTally";

it("counts what is annunciated, through every change", () => {
  const tally = new AlarmTally();
  const aside = { shelved: 0, out_of_service: 0, suppressed: 0 };
  const chattering = new Set<string>();
  const grave = makeAlarm({ id: 1, severity: 1, acknowledged: false });
  const seen = makeAlarm({ id: 2, severity: 3, acknowledged: true });
  expect(tally.of(new Map([[1, grave], [2, seen]]), null)).toEqual({ open: 2, unacknowledged: 1, critical: 1, aside, chattering });
  const shelved = { ...grave, shelved_until: "2026-11-28T12:00:00.000Z" };
  expect(tally.of(new Map([[1, shelved], [2, seen]]), null)).toEqual({ open: 1, unacknowledged: 0, critical: 0, aside: { ...aside, shelved: 1 }, chattering });
  expect(tally.of(new Map([[1, grave]]), null)).toEqual({ open: 1, unacknowledged: 1, critical: 1, aside, chattering });
});

it("knows which devices chatter, and gives the same set while they do", () => {
  const tally = new AlarmTally();
  const [one, other] = [makeAlarm({ id: 1, device_id: "A", chattering: true }), makeAlarm({ id: 2, device_id: "A", chattering: true, condition: "tamper" })];
  const first = tally.of(new Map([[1, one], [2, other]]), null).chattering;
  expect([...first]).toEqual(["A"]);
  expect(tally.of(new Map([[1, { ...one, count: 9 }]]), null).chattering).toBe(first);
  expect(tally.of(new Map([[1, { ...one, chattering: false }], [2, { ...other, device_id: "B" }]]), null).chattering).toEqual(new Set(["B"]));
});
