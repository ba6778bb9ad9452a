import { describe, expect, it } from "vitest";
import {
  makeAlarm,
  makeConference,
  makeCommand, makeDevice,
  makeEvent,
  makeIncident,
  makeJurisdiction,
  makeNotice,
  makeTask,
  makeUnit,
} from "./feed.test-support";
import { EMPTY_STATE, fromSnapshot, reduce, reduceAll, toSnapshot } from "./reduce";

describe("reduce", () => {
  it("keeps an alarm while it is active or unacknowledged, and drops it after", () => {
    const raised = reduce(EMPTY_STATE, makeEvent(1, "alarm.raised", makeAlarm()));
    const cleared = reduce(raised, makeEvent(2, "alarm.cleared", makeAlarm({ active: false })));
    const done = makeAlarm({ active: false, acknowledged: true });
    expect(raised.alarms.size).toBe(1);
    expect(cleared.alarms.get(1)?.active).toBe(false);
    expect(reduce(cleared, makeEvent(3, "alarm.acknowledged", done)).alarms.size).toBe(0);
    expect(reduce(raised, makeEvent(3, "alarm.closed", makeAlarm())).alarms.size).toBe(0);
  });

  it("keeps an incident until it is archived or merged", () => {
    const shown = reduce(EMPTY_STATE, makeEvent(1, "incident.changed", makeIncident({ stage: "closed" })));
    expect(shown.incidents.get(1)?.stage).toBe("closed");
    for (const stage of ["archived", "merged"] as const) {
      expect(reduce(shown, makeEvent(2, "incident.changed", makeIncident({ stage }))).incidents.size).toBe(0);
    }
  });

  it("keeps a conference until it is over", () => {
    const shown = reduce(EMPTY_STATE, makeEvent(1, "conference.changed", makeConference()));
    expect(shown.conferences.get(1)?.title).toBe("消防通道占用");
    const over = makeConference({ ended_at: "2026-11-22T01:00:00.000Z" });
    expect(reduce(shown, makeEvent(2, "conference.changed", over)).conferences.size).toBe(0);
  });

  it("removes what is named, and nothing when it is unknown", () => {
    const state = fromSnapshot({
      jurisdictions: [makeJurisdiction()],
      devices: [makeDevice()],
      commands: [makeCommand()],
      alarms: [],
      units: [makeUnit()],
      incidents: [makeIncident()],
      tasks: [makeTask()],
      notices: [makeNotice()],
      conferences: [],
      schedules: [],
      outages: [],
      windows: [],
    });
    const emptied = reduceAll(state, [
      makeEvent(1, "device.removed", { id: "FL-0231" }),
      makeEvent(2, "jurisdiction.removed", { code: "640181" }),
      makeEvent(3, "unit.removed", { id: 1 }),
      makeEvent(4, "incident.removed", { id: 1 }),
      makeEvent(5, "task.removed", { id: 1 }),
      makeEvent(6, "notice.removed", { id: 1 }),
      makeEvent(7, "command.removed", { device_id: "FG-0007" }),
    ]);
    expect(toSnapshot(emptied)).toEqual(toSnapshot(EMPTY_STATE));
    expect(reduce(state, makeEvent(1, "device.removed", { id: "none" })).devices).toBe(state.devices);
  });

  it("leaves the old state as it was, and untouched parts identical", () => {
    const before = reduce(EMPTY_STATE, makeEvent(1, "device.changed", makeDevice()));
    const after = reduce(before, makeEvent(2, "device.changed", makeDevice({ status: "offline" })));
    expect(before.devices.get("FL-0231")?.status).toBe("online");
    expect(after.devices.get("FL-0231")?.status).toBe("offline");
    expect(after.alarms).toBe(before.alarms);
  });

  it("is idempotent: the same events twice are the same state", () => {
    const events = [
      makeEvent(1, "alarm.raised", makeAlarm()),
      makeEvent(2, "alarm.repeated", makeAlarm({ count: 2 })),
      makeEvent(3, "unit.changed", makeUnit({ status: "committed" })),
    ];
    const once = reduceAll(EMPTY_STATE, events);
    expect(toSnapshot(reduceAll(once, events))).toEqual(toSnapshot(once));
  });
});
