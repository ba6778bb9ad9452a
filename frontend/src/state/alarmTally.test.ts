import { expect, it } from "vitest";
import { makeAlarm } from "@/feed/feed.test-support";

import { AlarmTally } from "./alarmTally";

it("counts what is annunciated, through every change", () => {
  const tally = new AlarmTally();
  const grave = makeAlarm({ id: 1, severity: 1, acknowledged: false });
  const seen = makeAlarm({ id: 2, severity: 3, acknowledged: true });
  expect(tally.of(new Map([[1, grave], [2, seen]]), null)).toEqual({ open: 2, unacknowledged: 1, critical: 1 });
  const shelved = { ...grave, shelved_until: "2026-11-28T12:00:00.000Z" };
  expect(tally.of(new Map([[1, shelved], [2, seen]]), null)).toEqual({ open: 1, unacknowledged: 0, critical: 0 });
  expect(tally.of(new Map([[1, grave]]), null)).toEqual({ open: 1, unacknowledged: 1, critical: 1 });
});
