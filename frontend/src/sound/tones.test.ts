import { describe, expect, it } from "vitest";
import { makeAlarm, makeDevice, makeEvent } from "@/feed/feed.test-support";
import { SEVERITIES } from "@/feed/types";
import { gravestRaised, mustInsist, TONES } from "./tones";

describe("what is heard", () => {
  it("is the gravest alarm of a frame", () => {
    expect(
      gravestRaised([
        makeEvent(1, "alarm.raised", makeAlarm({ severity: 4 })),
        makeEvent(2, "alarm.raised", makeAlarm({ severity: 2 })),
        makeEvent(3, "device.changed", makeDevice()),
      ]),
    ).toBe(2);
  });

  it("is nothing for repeats, ends and acknowledgements", () => {
    expect(
      gravestRaised([
        makeEvent(1, "alarm.repeated", makeAlarm({ severity: 1 })),
        makeEvent(2, "alarm.acknowledged", makeAlarm({ severity: 1, acknowledged: true })),
      ]),
    ).toBeNull();
  });

  it("insists while a red alarm is unacknowledged, even a cleared one", () => {
    expect(mustInsist([makeAlarm({ severity: 1, active: false })])).toBe(true);
    expect(mustInsist([makeAlarm({ severity: 1, acknowledged: true }), makeAlarm()])).toBe(false);
  });

  it("differs between severities and is loudest for the gravest", () => {
    const loudness = SEVERITIES.map((severity) =>
      Math.max(...TONES[severity].map(({ volume }) => volume)),
    );
    expect(loudness).toEqual([...loudness].sort((a, b) => b - a));
    expect(new Set(SEVERITIES.map((severity) => JSON.stringify(TONES[severity]))).size).toBe(4);
  });
});
