import { beforeEach, describe, expect, it } from "vitest";
import { type Connection, type EndReason, FeedClient } from "./client";
import { FakeClock, FakeSocket, makeAlarm, makeEvent } from "./feed.test-support";
import type { FeedState } from "./reduce";

const EMPTY = { jurisdictions: [], devices: [], alarms: [], units: [], incidents: [], tasks: [], notices: [] };

let clock: FakeClock;
let sockets: FakeSocket[];
let connections: Connection[];
let states: FeedState[];
let ended: EndReason[];
let online: boolean;
let client: FeedClient;

function socket(): FakeSocket {
  const last = sockets.at(-1);
  if (last === undefined) throw new Error("no socket was opened");
  return last;
}

function connection(): Connection {
  const last = connections.at(-1);
  if (last === undefined) throw new Error("no connection state was reported");
  return last;
}

function hellos(): unknown[] {
  return socket()
    .sent.filter((frame) => frame.type === "hello")
    .map((frame) => frame.cursor);
}

function seen(): number[] {
  return socket().sent.flatMap((frame) => (frame.type === "seen" ? [frame.seq] : []));
}

function heartbeat(head: number, skewMs = 0): void {
  socket().deliver({ type: "heartbeat", head, now: new Date(clock.now() + skewMs).toISOString() });
}

function raise(prev: number, head: number, id = head): void {
  const event = {
    ...makeEvent(head, "alarm.raised", makeAlarm({ id })),
    at: new Date(clock.now()).toISOString(),
  };
  socket().deliver({ type: "events", prev, head, events: [event] });
}

function goLive(seq = 10): void {
  client.start();
  socket().onopen?.();
  socket().deliver({ type: "snapshot", cursor: { epoch: "e1", seq }, state: EMPTY });
}

beforeEach(() => {
  clock = new FakeClock();
  sockets = [];
  connections = [];
  states = [];
  ended = [];
  online = true;
  client = new FeedClient({
    connect: () => {
      const next = new FakeSocket();
      sockets.push(next);
      return next;
    },
    clock,
    random: () => 1,
    online: () => online,
    onState: (state) => states.push(state),
    onConnection: (next) => connections.push(next),
    onEnded: (reason) => ended.push(reason),
  });
});

describe("FeedClient", () => {
  it("asks for everything on the first visit and is live with the snapshot", () => {
    client.start();
    socket().onopen?.();
    expect(hellos()).toEqual([null]);
    expect(connection().state).toBe("connecting");
    socket().deliver({
      type: "snapshot",
      cursor: { epoch: "e1", seq: 10 },
      state: { ...EMPTY, alarms: [makeAlarm()] },
    });
    expect(connection().state).toBe("live");
    expect(client.cursor).toEqual({ epoch: "e1", seq: 10 });
    expect(states.at(-1)?.alarms.size).toBe(1);
  });

  it("applies frames that follow its cursor", () => {
    goLive();
    raise(10, 11);
    raise(11, 15);
    expect(client.cursor?.seq).toBe(15);
    expect([...(states.at(-1)?.alarms.keys() ?? [])]).toEqual([11, 15]);
  });

  it("advances over a frame in which nothing was for it", () => {
    goLive();
    socket().deliver({ type: "events", prev: 10, head: 12, events: [] });
    expect(client.cursor?.seq).toBe(12);
    raise(12, 13);
    expect(client.cursor?.seq).toBe(13);
  });

  it("asks again from its cursor at a gap, and ignores the stream until answered", () => {
    goLive();
    raise(12, 13);
    expect(hellos()).toEqual([null, { epoch: "e1", seq: 10 }]);
    expect(connection().state).toBe("resuming");
    raise(13, 14);
    expect(client.cursor?.seq).toBe(10);
    socket().deliver({ type: "resumed", cursor: { epoch: "e1", seq: 10 } });
    expect(connection().state).toBe("live");
    raise(10, 14, 13);
    expect([...(states.at(-1)?.alarms.keys() ?? [])]).toEqual([13]);
  });

  it("ignores a frame that it has already applied", () => {
    goLive();
    raise(10, 11);
    raise(10, 11);
    expect(hellos()).toHaveLength(1);
    expect(client.cursor?.seq).toBe(11);
  });

  it("asks again when the heartbeat knows of a head that it does not hold", () => {
    goLive();
    heartbeat(10);
    expect(hellos()).toHaveLength(1);
    heartbeat(11);
    expect(hellos()).toEqual([null, { epoch: "e1", seq: 10 }]);
  });

  it("takes a snapshot of a new epoch, and asks for one when resumed elsewhere", () => {
    goLive();
    socket().onclose?.({ code: 1006 });
    clock.advance(500);
    socket().onopen?.();
    expect(hellos()).toEqual([{ epoch: "e1", seq: 10 }]);
    socket().deliver({ type: "resumed", cursor: { epoch: "e2", seq: 10 } });
    expect(hellos()).toEqual([{ epoch: "e1", seq: 10 }, null]);
    socket().deliver({ type: "snapshot", cursor: { epoch: "e2", seq: 3 }, state: EMPTY });
    expect(client.cursor).toEqual({ epoch: "e2", seq: 3 });
    expect(connection().state).toBe("live");
  });

  it("resumes after a lost connection, waiting longer each time up to a limit", () => {
    goLive();
    socket().onclose?.({ code: 1006 });
    expect(connection().state).toBe("resuming");
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const opened = sockets.length;
      const from = clock.now();
      while (sockets.length === opened) clock.advance(50);
      waits.push(clock.now() - from);
      socket().onclose?.({ code: 1006 });
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
  });

  it("is stale after 12 s without a word, and tries again", () => {
    goLive();
    clock.advance(11_999);
    expect(connection().state).toBe("live");
    clock.advance(1);
    expect(connection().state).toBe("stale");
    expect(socket().closed).toBe(true);
    clock.advance(1_000);
    expect(sockets).toHaveLength(2);
    socket().onopen?.();
    socket().deliver({ type: "resumed", cursor: { epoch: "e1", seq: 10 } });
    expect(connection().state).toBe("live");
  });

  it("stays live while heartbeats come", () => {
    goLive();
    for (let beat = 0; beat < 10; beat += 1) {
      clock.advance(5_000);
      heartbeat(10);
    }
    expect(connection().state).toBe("live");
    expect(sockets).toHaveLength(1);
  });

  it("says offline instead of stale when the machine has no network", () => {
    goLive();
    online = false;
    clock.advance(12_000);
    expect(connection().state).toBe("offline");
  });

  it("gives up on a server that never answers hello", () => {
    goLive();
    raise(12, 13);
    for (let beat = 0; beat < 2; beat += 1) {
      clock.advance(4_900);
      heartbeat(13);
    }
    clock.advance(300);
    expect(socket().closed).toBe(true);
    clock.advance(1_000);
    expect(sockets).toHaveLength(2);
  });

  it.each([
    [4401, "unauthenticated"],
    [4403, "forbidden"],
  ] as const)("stops at close code %i", (code, reason) => {
    goLive();
    socket().onclose?.({ code });
    clock.advance(60_000);
    expect(ended).toEqual([reason]);
    expect(sockets).toHaveLength(1);
    expect(connection().state).toBe("offline");
  });

  it.each([1001, 4408, 4429])("comes back with its cursor after close code %i", (code) => {
    goLive();
    socket().onclose?.({ code });
    clock.advance(1_000);
    socket().onopen?.();
    expect(hellos()).toEqual([{ epoch: "e1", seq: 10 }]);
  });

  it("starts from a snapshot after a frame it cannot read", () => {
    goLive();
    socket().deliver('{"type":"events","prev":10,"head":11,"events":[{}]}');
    clock.advance(1_000);
    socket().onopen?.();
    expect(hellos()).toEqual([null]);
  });

  it("reports what it has seen, at most once a second, the newest last", () => {
    goLive();
    for (let seq = 10; seq < 40; seq += 1) {
      raise(seq, seq + 1);
      clock.advance(100);
    }
    clock.advance(1_000);
    expect(seen()).toEqual([10, 20, 30, 40]);
  });

  it("learns the server's clock from the least delayed heartbeat and how late events are", () => {
    goLive();
    heartbeat(10, 60_000 - 300);
    heartbeat(10, 60_000 - 20);
    heartbeat(10, 60_000 - 150);
    expect(connection().clockOffset).toBe(60_000 - 20);
    const at = new Date(clock.now() + 60_000 - 20 - 2_000).toISOString();
    const event = { ...makeEvent(11, "alarm.raised", makeAlarm()), at };
    socket().deliver({ type: "events", prev: 10, head: 11, events: [event] });
    expect(connection().lag).toBe(2_000);
  });

  it("does not wait out the back-off when told that the network is back", () => {
    goLive();
    socket().onclose?.({ code: 1006 });
    client.retryNow();
    expect(sockets).toHaveLength(2);
    client.retryNow();
    expect(sockets).toHaveLength(2);
  });

  it("is silent once stopped", () => {
    goLive();
    const last = socket();
    client.stop();
    last.onclose?.({ code: 1006 });
    clock.advance(60_000);
    expect(sockets).toHaveLength(1);
  });
});
