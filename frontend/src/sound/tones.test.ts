import { describe, expect, it } from "vitest";
import { makeAlarm, makeDevice, makeEvent, makeIncident, makeNotice } from "@/feed/feed.test-support";
import { SEVERITIES } from "@/feed/types";
import { ATTENTION, gravestRaised, mustInsist, TonePacer, TONES, waitingFor } from "./tones";

describe("what is heard", () => {
  it("is the gravest alarm of a frame", () => {
    expect(
      gravestRaised([
        makeEvent(1, "alarm.raised", makeAlarm({ severity: 4 })),
        makeEvent(2, "alarm.raised", makeAlarm({ severity: 2 })),
        makeEvent(3, "device.changed", makeDevice()),
      ], new Set()),
    ).toBe(2);
  });

  it("is a reminder only where the alarm has to be seen to, until somebody has", () => {
    const passed = makeAlarm({ severity: 1, level: "640181001" });
    const heard = (codes: readonly string[], alarm = passed): number | null =>
      gravestRaised([makeEvent(1, "alarm.escalated", alarm)], new Set(codes));
    expect(heard(["640181", "640181001"])).toBe(1);
    expect(heard(["640181"])).toBeNull();
    expect(heard(["640181001"], { ...passed, acknowledged: true })).toBeNull();
  });

  it("is nothing for repeats, ends and acknowledgements", () => {
    expect(
      gravestRaised([
        makeEvent(1, "alarm.repeated", makeAlarm({ severity: 1 })),
        makeEvent(2, "alarm.acknowledged", makeAlarm({ severity: 1, acknowledged: true })),
      ], new Set(["640181"])),
    ).toBeNull();
  });

  it("is one tone a second in a flood, and the gravest is never lost", () => {
    const pacer = new TonePacer();
    expect(pacer.ask(3, 0)).toBe(3);
    expect(pacer.ask(4, 200)).toBeNull();
    expect(pacer.ask(1, 400)).toBeNull();
    expect(pacer.ask(2, 600)).toBeNull();
    expect(pacer.due).toBe(1_000);
    expect(pacer.take(1_000)).toBe(1);
    expect([pacer.due, pacer.take(1_500)]).toEqual([null, null]);
    expect(pacer.ask(2, 2_000)).toBe(2);
  });

  it("insists while a red alarm is unacknowledged, even a cleared one", () => {
    expect(mustInsist([makeAlarm({ severity: 1, active: false })])).toBe(true);
    expect(mustInsist([makeAlarm({ severity: 1, acknowledged: true }), makeAlarm()])).toBe(false);
  });

  it("is a quieter call for what waits for one's own post", () => {
    const since = "2026-11-22T00:00:00.000Z";
    const incidents = [
      makeIncident({ id: 1, redispatch: since }),
      makeIncident({ id: 2, redispatch: since, owner: "640181100" }),
      makeIncident({ id: 3 }),
    ];
    const waiting = waitingFor(incidents, [makeNotice({ id: 4 })], new Set(["640181"]));
    expect([...waiting]).toEqual([`redispatch 1 ${since}`, "notice 4"]);
    const quietest = Math.min(...SEVERITIES.flatMap((severity) => TONES[severity].map(({ volume }) => volume)));
    for (const { volume } of ATTENTION) expect(volume).toBeLessThan(quietest);
  });

  it("differs between severities and is loudest for the gravest", () => {
    const loudness = SEVERITIES.map((severity) =>
      Math.max(...TONES[severity].map(({ volume }) => volume)),
    );
    expect(loudness).toEqual([...loudness].sort((a, b) => b - a));
    expect(new Set(SEVERITIES.map((severity) => JSON.stringify(TONES[severity]))).size).toBe(4);
  });
});
