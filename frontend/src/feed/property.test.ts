/**
 * Whatever the network does (splits, duplicates, losses, breaks, a server that forgot its epoch),
 * a console ends up at exactly the state that a fresh visitor would be given.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FeedClient } from "./client";
import {
  FakeClock,
  FakeSocket,
  makeAlarm,
  makeCommand,
  makeDevice,
  makeEvent,
  makeIncident,
  makeJurisdiction,
  makeNotice,
  makeOutage,
  makeSchedule,
  makeTask,
  makeUnit,
} from "./feed.test-support";
import { EMPTY_STATE, type FeedState, reduce, toSnapshot } from "./reduce";
import {
  COMMAND_STATES,
  type ClientFrame,
  type Cursor,
  type FeedEvent,
  STAGES,
  TASK_STATES,
  UNIT_STATUSES,
} from "./types";

/** A server with a table of events, one socket, and a memory of `keep` events. */
class ModelServer {
  epoch = "e1";
  seq = 0;
  truth: FeedState = EMPTY_STATE;
  socket = new FakeSocket();
  private log: FeedEvent[] = [];
  private sentHead = 0;
  private answered = 0;
  private subscribed = false;

  constructor(private readonly keep: number) {}

  commit(build: (seq: number) => FeedEvent): void {
    this.seq += 1;
    const event = build(this.seq);
    this.truth = reduce(this.truth, event);
    this.log = [...this.log, event].slice(-this.keep);
  }

  /** Sends what is outstanding, in a frame of at most `size`; false when nothing was. */
  push(size: number, deliver: (frame: unknown) => void): boolean {
    if (!this.subscribed || this.sentHead >= this.seq) return false;
    if (this.sentHead < this.oldest() - 1) {
      this.subscribed = false; // a slow consumer: the events it lacks are gone
      this.socket.onclose?.({ code: 4408 });
      return false;
    }
    const events = this.log.filter(({ seq }) => seq > this.sentHead).slice(0, size);
    const head = events.at(-1)?.seq ?? this.seq;
    const frame = { type: "events", prev: this.sentHead, head, events };
    this.sentHead = head;
    deliver(frame);
    return true;
  }

  heartbeat(now: string): void {
    if (!this.subscribed) return;
    this.socket.deliver({ type: "heartbeat", head: this.sentHead, now });
  }

  answerHellos(): void {
    const hellos = this.socket.sent.filter(
      (frame): frame is Extract<ClientFrame, { type: "hello" }> => frame.type === "hello",
    );
    for (const { cursor } of hellos.slice(this.answered)) {
      this.answered += 1;
      this.answer(cursor);
    }
  }

  connect(): FakeSocket {
    this.socket = new FakeSocket();
    this.answered = 0;
    this.subscribed = false;
    return this.socket;
  }

  restartFromBackup(): void {
    this.epoch += "+";
    this.seq += 3; // numbers mean nothing across epochs
    this.log = [];
  }

  private oldest(): number {
    return this.log[0]?.seq ?? this.seq + 1;
  }

  private answer(cursor: Cursor | null): void {
    this.subscribed = true;
    if (cursor !== null && cursor.epoch === this.epoch && cursor.seq >= this.oldest() - 1) {
      this.sentHead = cursor.seq;
      this.socket.deliver({ type: "resumed", cursor });
      return;
    }
    this.sentHead = this.seq;
    this.socket.deliver({
      type: "snapshot",
      cursor: { epoch: this.epoch, seq: this.seq },
      state: toSnapshot(this.truth),
    });
  }
}

const id = fc.integer({ min: 1, max: 4 });
const change: fc.Arbitrary<(seq: number) => FeedEvent> = fc.oneof(
  fc
    .record({ id, active: fc.boolean(), acknowledged: fc.boolean(), count: fc.nat(9) })
    .map((fields) => (seq: number) =>
      makeEvent(
        seq,
        fields.active || !fields.acknowledged ? "alarm.repeated" : "alarm.closed",
        makeAlarm(fields),
      ),
    ),
  fc
    .record({ id: id.map(String), battery: fc.nat(100) })
    .map((fields) => (seq: number) => makeEvent(seq, "device.changed", makeDevice(fields))),
  id.map((n) => (seq: number) => makeEvent(seq, "device.removed", { id: String(n) })),
  fc
    .record({ id, status: fc.constantFrom(...UNIT_STATUSES) })
    .map((fields) => (seq: number) => makeEvent(seq, "unit.changed", makeUnit(fields))),
  id.map((n) => (seq: number) => makeEvent(seq, "unit.removed", { id: n })),
  fc
    .record({ id, until: fc.constantFrom(null, "2026-11-22T00:05:00.000Z") })
    .map((fields) => (seq: number) => makeEvent(seq, "outage.changed", makeOutage(fields))),
  fc
    .record({ id, stage: fc.constantFrom(...STAGES), version: fc.nat(9) })
    .map((fields) => (seq: number) => makeEvent(seq, "incident.changed", makeIncident(fields))),
  id.map((n) => (seq: number) => makeEvent(seq, "incident.removed", { id: n })),
  fc
    .record({ id, incident: id, state: fc.constantFrom(...TASK_STATES) })
    .map((fields) => (seq: number) => makeEvent(seq, "task.changed", makeTask(fields))),
  id.map((n) => (seq: number) => makeEvent(seq, "task.removed", { id: n })),
  fc
    .record({ id, incident: id })
    .map((fields) => (seq: number) => makeEvent(seq, "notice.changed", makeNotice(fields))),
  id.map((n) => (seq: number) => makeEvent(seq, "notice.removed", { id: n })),
  fc
    .record({ id, device_id: id.map(String), state: fc.constantFrom(...COMMAND_STATES) })
    .map((fields) => (seq: number) => makeEvent(seq, "command.changed", makeCommand(fields))),
  id.map((n) => (seq: number) => makeEvent(seq, "command.removed", { device_id: String(n) })),
  fc
    .record({ id, ended_at: fc.constantFrom(null, "2026-11-22T01:00:00.000Z") })
    .map((fields) => (seq: number) => makeEvent(seq, "schedule.changed", makeSchedule(fields))),
  fc
    .record({ code: id.map((n) => `64018110${String(n)}`), name: fc.string({ maxLength: 3 }) })
    .map((fields) => (seq: number) =>
      makeEvent(seq, "jurisdiction.changed", makeJurisdiction(fields)),
    ),
);

type Step =
  | { readonly do: "commit"; readonly change: (seq: number) => FeedEvent }
  | { readonly do: "push" | "lose" | "twice"; readonly size: number }
  | { readonly do: "heartbeat" | "answer" | "break" | "restart" }
  | { readonly do: "wait"; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: change.map((build) => ({ do: "commit" as const, change: build })) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom("push" as const, "push" as const, "twice" as const, "lose" as const),
      size: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("heartbeat" as const, "answer" as const, "answer" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("break" as const, "restart" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(20_000) }),
  },
);

function run(steps: readonly Step[], keep: number): { held: unknown; fresh: unknown } {
  const clock = new FakeClock();
  const server = new ModelServer(keep);
  let held = EMPTY_STATE;
  let dialled = false;
  const client = new FeedClient({
    connect: () => {
      dialled = true;
      return server.connect();
    },
    clock,
    random: () => 0,
    online: () => true,
    onState: (state) => {
      held = state;
    },
    onConnection: () => undefined,
    onEnded: () => undefined,
  });
  const now = (): string => new Date(clock.now()).toISOString();
  const open = (): void => {
    if (dialled) {
      dialled = false;
      server.socket.onopen?.();
    }
  };
  const drop = (): void => {
    server.socket.onclose?.({ code: 1006 });
  };
  client.start();
  open();
  for (const item of steps) {
    const { socket } = server;
    if (item.do === "commit") server.commit(item.change);
    else if (item.do === "push") server.push(item.size, (frame) => { socket.deliver(frame); });
    else if (item.do === "lose") server.push(item.size, () => undefined);
    else if (item.do === "twice")
      server.push(item.size, (frame) => {
        socket.deliver(frame);
        socket.deliver(frame);
      });
    else if (item.do === "heartbeat") server.heartbeat(now());
    else if (item.do === "answer") server.answerHellos();
    else if (item.do === "wait") clock.advance(item.ms);
    else {
      if (item.do === "restart") server.restartFromBackup();
      drop();
    }
    open();
  }
  // The network is good again: a few beats later everything must have been put right.
  for (let beat = 0; beat < 12; beat += 1) {
    clock.advance(5_000);
    open();
    server.answerHellos();
    while (server.push(100, (frame) => { server.socket.deliver(frame); }));
    server.heartbeat(now());
  }
  return { held: toSnapshot(held), fresh: toSnapshot(server.truth) };
}

describe("snapshot + events", () => {
  it("equals a fresh snapshot, whatever happened on the way", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (steps, keep) => {
        const { held, fresh } = run(steps, keep);
        expect(held).toEqual(fresh);
      }),
      { numRuns: 500 },
    );
  });
});
