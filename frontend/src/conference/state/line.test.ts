import { describe, expect, it } from "vitest";
import { sampleOf } from "../media/sample";
import { LineMeter, type LineSample } from "./line";
import { worse } from "./quality";

function look(at: number, facts: Partial<LineSample> = {}): LineSample {
  return { at, received: 0, lost: 0, sent: 0, sentLost: 0, freezes: 0, frozenS: 0, pictures: new Map(), sentHeight: null, sentRate: null, roundTripMs: null, path: null, ...facts };
}

const moved = (decoded: number) => new Map([["v", { decoded, height: 360, rate: 25 }]]);

describe("the meter", () => {
  it("reports what was since the last report, and each joining once", () => {
    const meter = new LineMeter();
    expect(meter.report()).toBeNull();
    meter.take(look(0, { received: 100, pictures: moved(1) }));
    meter.take(look(10_000, { received: 600, lost: 5, freezes: 1, frozenS: 0.4, pictures: moved(200), path: "relay", roundTripMs: 81.6 }));
    meter.joined(812.4);
    expect(meter.report()).toMatchObject({ seconds: 10, join_ms: 812, received: 500, lost: 5, freezes: 1, frozen_s: 0.4, watched_s: 10, height: 360, rate: 25, round_trip_ms: 82, path: "relay" });
    meter.take(look(12_000, { received: 700, lost: 5, freezes: 1, frozenS: 0.4, pictures: moved(200) }));
    expect(meter.report()).toMatchObject({ seconds: 2, join_ms: null, received: 100, lost: 0, freezes: 0, watched_s: 0 });
  });

  it("a connection made anew counts from nought, and a machine that slept says nothing of its sleep", () => {
    const meter = new LineMeter();
    meter.take(look(0, { received: 1_000 }));
    meter.take(look(5_000, { received: 40 }));
    expect(meter.report()).toMatchObject({ received: 40 });
    meter.take(look(3_600_000, { received: 90 }));
    expect(meter.report()).toBeNull();
  });
});

describe("a look at the counters", () => {
  it("finds the largest picture, the way and the round trip", () => {
    const entries: readonly Record<string, unknown>[] = [
      { id: "a", type: "inbound-rtp", kind: "video", packetsReceived: 10, packetsLost: -1, framesDecoded: 9, frameHeight: 180, framesPerSecond: 12, freezeCount: 2, totalFreezesDuration: 1.5 },
      { id: "b", type: "inbound-rtp", kind: "audio", packetsReceived: 5, packetsLost: 2 },
      { id: "c", type: "outbound-rtp", kind: "video", packetsSent: 7, frameHeight: 720, framesPerSecond: 30 },
      { id: "d", type: "remote-inbound-rtp", packetsLost: 3 },
      { id: "p", type: "candidate-pair", nominated: true, state: "succeeded", timestamp: 1, localCandidateId: "l", currentRoundTripTime: 0.05 },
      { id: "l", type: "local-candidate", candidateType: "host", protocol: "tcp" },
    ];
    const report = new Map(entries.map((entry) => [entry["id"], entry])) as unknown as RTCStatsReport;
    const found = sampleOf(report, 5);
    expect(found).toMatchObject({ at: 5, received: 15, lost: 2, sent: 7, sentLost: 3, freezes: 2, frozenS: 1.5, sentHeight: 720, sentRate: 30, roundTripMs: 50, path: "tcp" });
    expect([...found.pictures.values()]).toEqual([{ decoded: 9, height: 180, rate: 12 }]);
  });
});

describe("a tile's mark", () => {
  it("is the worse of what is seen and what is said", () => {
    expect([worse("good", "poor"), worse("none", "good"), worse(null, "fair"), worse("fair", null)]).toEqual(["poor", "none", "fair", "fair"]);
  });
});
