import { describe, expect, it } from "vitest";
import type { LineReport } from "../state/types";
import { LineReporter } from "./reporter";

const picture = { id: "v", type: "inbound-rtp", kind: "video", packetsReceived: 9, framesDecoded: 9, frameHeight: 360 };

/** Time that passes when it is told to, and a line that shows a picture or none. */
function bench() {
  let [time, sees] = [0, false];
  const timers = new Map<number, { at: number; run: () => void }>();
  const said: LineReport[] = [];
  let broken = false;
  const reporter = new LineReporter({
    clock: {
      now: () => time,
      after(ms, run) {
        const key = timers.size + time / 1e6 + Math.random();
        timers.set(key, { at: time + ms, run });
        return () => timers.delete(key);
      },
    },
    stats: () => Promise.resolve(new Map(sees ? [["v", picture]] : []) as unknown as RTCStatsReport),
    say(report) {
      if (!broken) said.push(report);
      return !broken;
    },
  });
  async function pass(ms: number): Promise<void> {
    const end = time + ms;
    for (;;) {
      const [key, next] = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0] ?? [];
      if (key === undefined || next === undefined) break;
      timers.delete(key);
      time = next.at;
      next.run();
      await Promise.resolve().then(() => undefined);
    }
    time = end;
  }
  return { reporter, said, pass, show: () => { sees = true; }, cut: (value: boolean) => { broken = value; } };
}

describe("the reporter", () => {
  it("counts the join from the click, without the wait for somebody who sends", async () => {
    const { reporter, said, pass, show } = bench();
    await pass(800);
    reporter.found(false);
    await pass(60_000);
    reporter.found(true);
    await pass(400);
    show();
    await pass(30_000);
    const joins = said.map((one) => one.join_ms).filter((one) => one !== null);
    expect(joins.length).toBe(1);
    expect(joins[0]).toBeGreaterThanOrEqual(1_200);
    expect(joins[0]).toBeLessThanOrEqual(1_400);
  });

  it("keeps what could not be said, and has the rest at the end", async () => {
    const { reporter, said, pass, cut } = bench();
    cut(true);
    await pass(12_000);
    expect(said).toEqual([]);
    cut(false);
    await pass(40_000);
    expect(said.length).toBeGreaterThan(0);
    await pass(6_000);
    expect(reporter.stop()?.seconds).toBeGreaterThan(0);
    await pass(60_000);
    expect(said.length).toBeLessThan(4);
  });
});
