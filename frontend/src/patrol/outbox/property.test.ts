/** Whatever the network does, and however often the phone restarts: each act counts once, in the order of its lane. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Entry, Outcome, Refusal, Unnumbered } from "./machine";
import { Outbox, type OutboxStore } from "./outbox";

const USER = 1;
const LANES = ["task:1", "task:2", "report:x"];

/** Survives the phone; what is read is a copy, as with IndexedDB. */
class Disk implements OutboxStore<number> {
  private rows: Entry<number>[] = [];
  private last = 0;

  all(user: number): Promise<readonly Entry<number>[]> {
    return Promise.resolve(structuredClone(this.rows.filter((row) => row.user === user)));
  }
  add(entries: readonly Unnumbered<number>[]): Promise<void> {
    for (const entry of structuredClone(entries)) {
      this.last += 1;
      this.rows.push({ ...entry, seq: this.last });
    }
    return Promise.resolve();
  }
  put(entry: Entry<number>): Promise<void> {
    this.rows = this.rows.map((row) => (row.key === entry.key ? structuredClone(entry) : row));
    return Promise.resolve();
  }
  remove(key: string): Promise<void> {
    this.rows = this.rows.filter((row) => row.key !== key);
    return Promise.resolve();
  }
}

/** Remembers keys, as the real one does; refuses every act that is divisible by `refusedBy`. */
class Server {
  readonly counted: { readonly lane: string; readonly act: number }[] = [];
  private readonly replies = new Map<string, Outcome>();

  constructor(private readonly refusedBy: number) {}

  take({ key, lane, act }: Entry<number>): Outcome {
    const known = this.replies.get(key);
    if (known !== undefined) return known;
    const refusal: Refusal = { code: "conflict", detail: "", status: 409 };
    // A refusal is not remembered: the same request is refused anew.
    if (act % this.refusedBy === 0) return { kind: "refused", refusal };
    this.counted.push({ lane, act });
    const reply: Outcome = { kind: "answered", made: act };
    this.replies.set(key, reply);
    return reply;
  }
}

type Weather = "good" | "request_lost" | "answer_lost" | "busy" | "signed_out" | "dies_before" | "dies_after";

/** One phone: restarted, it knows what is on its disk and nothing else. */
class Phone {
  online = true;
  now = 0;
  private timers: { readonly at: number; readonly run: () => void }[] = [];
  private outbox: Outbox<number>;
  private life = 0;

  constructor(
    private readonly disk: Disk,
    private readonly server: Server,
    private readonly weather: () => Weather,
  ) {
    this.outbox = this.started();
  }

  private started(): Outbox<number> {
    this.life += 1;
    const life = this.life;
    const never = new Promise<never>(() => undefined);
    const alive = <T>(value: T): Promise<T> => (life === this.life ? Promise.resolve(value) : never);
    const { disk } = this;
    return new Outbox<number>({
      store: {
        all: (user) => disk.all(user).then(alive),
        add: (entries) => disk.add(entries).then(alive),
        // A page that has died writes nothing more.
        put: (entry) => (life === this.life ? disk.put(entry) : never),
        remove: (key) => (life === this.life ? disk.remove(key) : never),
      },
      clocks: () => ({ wall: this.now, page: String(life), up: this.now }),
      channelOf: ({ act }) => (act % 5 === 0 ? "urgent" : act % 3 === 0 ? "bulk" : "ordinary"),
      online: () => this.online,
      send: (entry) => this.send(entry).then(alive),
      alone: (_channel, run) => run().then(() => true),
      later: (run, ms) => {
        const timer = { at: this.now + ms, run };
        this.timers.push(timer);
        return () => {
          this.timers = this.timers.filter((one) => one !== timer);
        };
      },
      changed: () => undefined,
      settled: () => undefined,
    });
  }

  private send(entry: Entry<number>): Promise<Outcome> {
    const weather = this.weather();
    switch (weather) {
      case "good":
        return Promise.resolve(this.server.take(entry));
      case "answer_lost":
        this.server.take(entry);
        return Promise.resolve({ kind: "failed" });
      case "request_lost":
      case "busy":
        return Promise.resolve({ kind: "failed" });
      case "signed_out":
        return Promise.resolve({ kind: "signed_out" });
      case "dies_after":
        this.server.take(entry);
        return this.die();
      case "dies_before":
        return this.die();
    }
  }

  private die(): Promise<Outcome> {
    void this.restart();
    return new Promise(() => undefined);
  }

  async restart(): Promise<void> {
    this.timers = [];
    this.outbox = this.started();
    await this.outbox.open(USER);
  }

  add(lane: string, act: number): Promise<void> {
    return this.outbox.add([{ key: `key-${String(act)}`, user: USER, lane, act }]);
  }

  hurry(): Promise<void> {
    return this.outbox.hurry();
  }

  async pass(ms: number): Promise<void> {
    this.now += ms;
    const due = this.timers.filter(({ at }) => at <= this.now);
    this.timers = this.timers.filter(({ at }) => at > this.now);
    for (const { run } of due) run();
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let n = 0; n < 40; n += 1) await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve, 0));
}

type Event =
  | { readonly kind: "act"; readonly lane: string }
  | { readonly kind: "restart" | "hurry" | "network" }
  | { readonly kind: "time"; readonly ms: number };

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("act" as const), lane: fc.constantFrom(...LANES) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("restart", "hurry", "network") }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.integer({ min: 1, max: 90_000 }) }) },
);
const weather: fc.Arbitrary<Weather> = fc.constantFrom(
  "good", "request_lost", "answer_lost", "busy", "signed_out", "dies_before", "dies_after",
);

async function live(phone: Phone, events: readonly Event[]): Promise<{ lane: string; act: number }[]> {
  const made: { lane: string; act: number }[] = [];
  for (const one of events) {
    switch (one.kind) {
      case "act": {
        const act = { lane: one.lane, act: made.length + 1 };
        made.push(act);
        await phone.add(act.lane, act.act);
        break;
      }
      case "restart":
        await phone.restart();
        break;
      case "hurry":
        await phone.hurry();
        break;
      case "network":
        phone.online = !phone.online;
        break;
      case "time":
        await phone.pass(one.ms);
    }
    await settled();
  }
  return made;
}

describe("the queue", () => {
  it("brings each act to the server once and only once, in the order of its lane", { timeout: 30_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 25 }),
        fc.array(weather, { maxLength: 60 }),
        fc.integer({ min: 3, max: 100 }),
        async (events, forecast, refusedBy) => {
          const [disk, server] = [new Disk(), new Server(refusedBy)];
          const coming = [...forecast];
          const phone = new Phone(disk, server, () => coming.shift() ?? "good");
          await phone.restart();
          const made = await live(phone, events);

          coming.length = 0;
          phone.online = true;
          await phone.restart();
          for (let n = 0; n < 4; n += 1) await phone.pass(60_000);

          for (const lane of LANES) {
            const wanted = made.filter((one) => one.lane === lane && one.act % refusedBy !== 0);
            expect(server.counted.filter((one) => one.lane === lane)).toEqual(wanted);
          }
          const left = await disk.all(USER);
          expect(left.filter(({ state }) => state === "waiting")).toEqual([]);
          const refused = left.filter(({ state }) => state === "refused").map(({ act }) => act);
          expect(refused).toEqual(made.map(({ act }) => act).filter((act) => act % refusedBy === 0));
        },
      ),
      { numRuns: 120 },
    );
  });
});

describe("a call for help", () => {
  it("goes out at once, with a full queue and a photo that hangs", async () => {
    const disk = new Disk();
    const arrived: number[] = [];
    const PHOTO = 3;
    const CALL = 99;
    const outbox = new Outbox<number>({
      store: disk,
      clocks: () => ({ wall: 0, page: "p", up: 0 }),
      online: () => true,
      channelOf: ({ act }) => (act === CALL ? "urgent" : act === PHOTO ? "bulk" : "ordinary"),
      send: ({ act }) => {
        if (act === PHOTO) return new Promise(() => undefined);
        arrived.push(act);
        return Promise.resolve({ kind: "answered", made: null });
      },
      // Another page holds every lock, and is frozen.
      alone: (channel, run) => (channel === "bulk" ? run().then(() => true) : Promise.resolve(false)),
      later: () => () => undefined,
      changed: () => undefined,
      settled: () => undefined,
    });
    await outbox.open(USER);
    const draft = (lane: string, act: number) => ({ key: `key-${String(act)}`, user: USER, lane, act });
    await outbox.add([draft("task:1", PHOTO), ...[10, 11, 12].map((act) => draft("task:2", act))]);
    await settled();
    expect(arrived).toEqual([]);
    await outbox.add([draft("sos", CALL)]);
    await settled();
    expect(arrived).toEqual([CALL]);
  });

  it("and a step of another lane does not wait for the photo either, but one of its own does", async () => {
    const arrived: number[] = [];
    const outbox = new Outbox<number>({
      store: new Disk(),
      clocks: () => ({ wall: 0, page: "p", up: 0 }),
      online: () => true,
      channelOf: ({ act }) => (act === 3 ? "bulk" : "ordinary"),
      send: ({ act }) => {
        if (act === 3) return new Promise(() => undefined);
        arrived.push(act);
        return Promise.resolve({ kind: "answered", made: null });
      },
      alone: (_channel, run) => run().then(() => true),
      later: () => () => undefined,
      changed: () => undefined,
      settled: () => undefined,
    });
    await outbox.open(USER);
    const draft = (lane: string, act: number) => ({ key: `key-${String(act)}`, user: USER, lane, act });
    await outbox.add([draft("task:1", 3), draft("task:1", 4), draft("task:2", 5)]);
    await settled();
    expect(arrived).toEqual([5]);
  });
});
