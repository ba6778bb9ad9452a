/**
 * Folds feeds that the real server produced. FEED_SCENARIOS names a JSON file,
 * `[{"snapshot": snapshot frame, "frames": [events frame, …], "expected_state": snapshot.state}, …]`;
 * the back end's tests write it and run this file.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FeedClient } from "./client";
import { FakeClock, FakeSocket } from "./feed.test-support";
import { parseSnapshot } from "./parse";
import { EMPTY_STATE, fromSnapshot, toSnapshot } from "./reduce";

interface Scenario {
  readonly snapshot: unknown;
  readonly frames: readonly unknown[];
  readonly expected_state: unknown;
}

const path = process.env["FEED_SCENARIOS"];
const scenarios =
  path === undefined ? [] : (JSON.parse(readFileSync(path, "utf8")) as readonly Scenario[]);

describe("feeds of the real server", () => {
  it.skipIf(path === undefined)("FEED_SCENARIOS holds at least one scenario", () => {
    expect(scenarios.length).toBeGreaterThan(0);
  });

  it.each(scenarios.map((scenario, index) => ({ index, ...scenario })))(
    "scenario $index: snapshot + frames = a fresh snapshot",
    ({ snapshot, frames, expected_state }) => {
      const socket = new FakeSocket();
      let state = EMPTY_STATE;
      const client = new FeedClient({
        connect: () => socket,
        clock: new FakeClock(),
        random: () => 1,
        online: () => true,
        onState: (next) => {
          state = next;
        },
        onConnection: () => undefined,
        onEnded: () => undefined,
      });
      client.start();
      socket.onopen?.();
      for (const frame of [snapshot, ...frames]) socket.deliver(frame);
      expect(socket.closed).toBe(false);
      expect(socket.sent.filter(({ type }) => type === "hello")).toHaveLength(1);
      expect(toSnapshot(state)).toEqual(toSnapshot(fromSnapshot(parseSnapshot(expected_state))));
    },
  );
});
