import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "@/feed/feed.test-support";
import type { FeedSocket } from "@/feed/client";
import { SILENT_MS } from "@/feed/kept";
import { type Link, type Refused, RoomClient } from "./client";
import { makeState } from "./state.test-support";
import type { ServerFrame } from "./types";

class Wire implements FeedSocket {
  onopen: (() => void) | null = null;
  onmessage: ((message: { readonly data: unknown }) => void) | null = null;
  onclose: ((event: { readonly code: number }) => void) | null = null;
  readonly sent: { type: string; id?: number }[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as { type: string });
  }

  close(): void {
    this.closed = true;
  }

  says(frame: unknown): void {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }
}

const WELCOME = { type: "welcome", conference: 7, seat: 1, epoch: 1, ice_servers: [] };

describe("RoomClient", () => {
  let clock: FakeClock;
  let wires: Wire[];
  let frames: ServerFrame[];
  let links: Link[];
  let refused: Refused[];
  let client: RoomClient;
  const last = (): Wire => wires.at(-1) as Wire;
  const types = (): readonly string[] => last().sent.map(({ type }) => type);

  beforeEach(() => {
    clock = new FakeClock();
    [wires, frames, links, refused] = [[], [], [], []];
    client = new RoomClient({
      connect: () => {
        wires.push(new Wire());
        return last();
      },
      clock,
      random: () => 1,
      devices: () => ({ camera: true, microphone: true, screen: false }),
      onFrame: (frame) => frames.push(frame),
      onLink: (link) => links.push(link),
      onRefused: (why) => refused.push(why),
    });
    client.start();
    last().onopen?.();
  });

  it("joins first, and tells its view once it is seated", () => {
    client.show({ layout: "grid", pinned: null, main_height: 0, cells: 4, tiles: [] });
    last().says(WELCOME);
    expect(types()).toEqual(["join", "view", "view"]);
    expect(links.at(-1)).toBe("joined");
  });

  it("answers each heartbeat", () => {
    last().says({ type: "heartbeat", n: 4, now: "" });
    expect(last().sent.at(-1)).toEqual({ type: "beat", n: 4 });
  });

  it("comes back after a break, and joins again", () => {
    last().says(WELCOME);
    last().onclose?.({ code: 1006 });
    expect(links.at(-1)).toBe("broken");
    clock.advance(500);
    expect(wires).toHaveLength(2);
    last().onopen?.();
    expect(types()).toEqual(["join"]);
  });

  it("takes a silent socket for a dead one", () => {
    last().says(WELCOME);
    clock.advance(SILENT_MS);
    expect(wires[0]?.closed).toBe(true);
    clock.advance(500);
    expect(wires).toHaveLength(2);
  });

  it("comes back after a frame that it cannot read", () => {
    last().says("{");
    clock.advance(500);
    expect(wires).toHaveLength(2);
  });

  it("does not come back by itself when it is over", () => {
    last().says({ type: "ended", reason: "removed", to: null });
    last().onclose?.({ code: 4410 });
    clock.advance(60_000);
    expect(wires).toHaveLength(1);
    expect(refused).toEqual([]);
    expect(links.at(-1)).toBe("over");
  });

  it.each([
    [4401, "unauthenticated"],
    [4403, "forbidden"],
    [4404, "not_found"],
  ] as const)("says why it was turned away with %i", (code, why) => {
    last().onclose?.({ code });
    expect(refused).toEqual([why]);
    clock.advance(60_000);
    expect(wires).toHaveLength(1);
  });

  it("tells each command's outcome to whoever gave it", async () => {
    const up = client.act({ type: "hand", up: true });
    const on = client.act({ type: "microphone", on: true });
    last().says({ type: "problem", id: 2, code: "floor_needed", detail: "" });
    last().says({ type: "done", id: 1, version: 3 });
    expect(await up).toEqual({ ok: true });
    expect(await on).toEqual({ ok: false, code: "floor_needed" });
  });

  it("tells that a command was lost with its socket", async () => {
    const up = client.act({ type: "hand", up: true });
    last().onclose?.({ code: 1006 });
    expect(await up).toEqual({ ok: false, code: "broken" });
    expect(await client.act({ type: "hand", up: true })).toEqual({ ok: false, code: "broken" });
  });

  it("passes every frame on that it knows", () => {
    last().says({ type: "state", ...makeState() });
    last().says({ type: "recording" });
    expect(frames.map(({ type }) => type)).toEqual(["state"]);
  });
});
