import { describe, expect, it } from "vitest";
import {
  makeAlarm,
  makeCommand,
  makeConference,
  makeDevice,
  makeEvent,
  makeIncident,
  makeJurisdiction,
  makeNotice,
  makeOutage,
  makeSchedule,
  makeWindow,
  makeTask,
  makeUnit,
} from "./feed.test-support";
import { FormatError } from "@/api/shape";
import { parseFrame } from "./parse";

const cursor = { epoch: "e1", seq: 7 };

function parse(frame: unknown): ReturnType<typeof parseFrame> {
  return parseFrame(JSON.stringify(frame));
}

describe("parseFrame", () => {
  it("gives a snapshot back as it was sent", () => {
    const frame = {
      type: "snapshot",
      cursor,
      state: {
        jurisdictions: [makeJurisdiction(), makeJurisdiction({ centre: null })],
        devices: [makeDevice({ lat: null, lng: null, battery: 40, fault: "E2" })],
        commands: [makeCommand({ ended_at: "2026-11-22T00:00:02.000Z", state: "succeeded" })],
        alarms: [makeAlarm({ detail: { people: 3 } })],
        units: [makeUnit()],
        incidents: [makeIncident({ alarms: [3, 4], warn_at: null, due_at: null })],
        tasks: [makeTask({ proposed: 2 })],
        notices: [makeNotice()],
        conferences: [makeConference()],
        outages: [makeOutage()],
        schedules: [makeSchedule({ run: { at: "2026-11-22T01:00:00.000Z", state: "due", conference: null } })],
        windows: [makeWindow()],
      },
    };
    expect(parse(frame)).toEqual(frame);
  });

  it("gives every kind of event back as it was sent", () => {
    const events = [
      makeEvent(1, "alarm.raised", makeAlarm()),
      makeEvent(2, "alarm.closed", makeAlarm({ active: false, acknowledged: true })),
      makeEvent(3, "device.changed", makeDevice()),
      makeEvent(4, "device.removed", { id: "FL-0231" }),
      makeEvent(5, "jurisdiction.changed", makeJurisdiction()),
      makeEvent(6, "jurisdiction.removed", { code: "640181" }),
      makeEvent(7, "unit.changed", makeUnit()),
      makeEvent(8, "unit.removed", { id: 1 }),
      makeEvent(9, "incident.changed", makeIncident()),
      makeEvent(10, "incident.removed", { id: 1 }),
      makeEvent(11, "task.changed", makeTask()),
      makeEvent(12, "task.removed", { id: 1 }),
      makeEvent(13, "notice.changed", makeNotice()),
      makeEvent(14, "notice.removed", { id: 1 }),
      makeEvent(13, "conference.changed", makeConference()),
      makeEvent(15, "schedule.changed", makeSchedule()),
      makeEvent(16, "command.changed", makeCommand()),
      makeEvent(17, "command.removed", { device_id: "FG-0007" }),
      makeEvent(16, "outage.changed", makeOutage()),
    ];
    const frame = { type: "events", prev: 0, head: 12, events };
    expect(parse(frame)).toEqual(frame);
  });

  it("leaves out an event of a kind it does not know, and keeps the rest", () => {
    const known = makeEvent(2, "device.changed", makeDevice());
    const frame = parse({
      type: "events",
      prev: 0,
      head: 2,
      events: [{ ...known, seq: 1, kind: "weather.changed", data: 5 }, known],
    });
    expect(frame).toMatchObject({ head: 2, events: [known] });
  });

  it.each([
    ["not json", "{"],
    ["a list", "[]"],
    ["an unknown type", '{"type":"hi"}'],
    ["a cursor without seq", '{"type":"resumed","cursor":{"epoch":"e"}}'],
    ["a fractional head", '{"type":"heartbeat","head":1.5,"now":"x"}'],
  ])("refuses %s", (_name, raw) => {
    expect(() => parseFrame(raw)).toThrow(FormatError);
  });

  it("names the field that is wrong in a snapshot too", () => {
    const alarms = [makeAlarm(), { ...makeAlarm(), count: "2" }];
    expect(() => parse({ type: "snapshot", cursor, state: { alarms } })).toThrow("state.alarms[1].count: expected an integer");
  });

  it("names the field that is wrong", () => {
    const wrong = { ...makeAlarm(), severity: 9 };
    const event = { ...makeEvent(1, "alarm.raised", makeAlarm()), data: wrong };
    expect(() => parse({ type: "events", prev: 0, head: 1, events: [event] })).toThrow(
      "events[0].data.severity: expected 1 | 2 | 3 | 4",
    );
  });
});
