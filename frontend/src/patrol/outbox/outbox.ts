/** Sends the queue: on each channel one entry at a time, each step written down before and after. Its store is the truth. */
import type { Clocks } from "./age";
import { begin, type Channel, CHANNELS, type Draft, type Entry, hurried, isOver, next, type Outcome, settle, type Unnumbered } from "./machine";

export interface OutboxStore<A> {
  /** All entries of a person, oldest first. */
  all(user: number): Promise<readonly Entry<A>[]>;
  /** Writes all of them or none; gives each its number, in the order in which they were made. */
  add(entries: readonly Unnumbered<A>[]): Promise<void>;
  put(entry: Entry<A>): Promise<void>;
  remove(key: string): Promise<void>;
}

export interface OutboxWorld<A> {
  readonly store: OutboxStore<A>;
  clocks(): Clocks;
  online(): boolean;
  channelOf(entry: Entry<A>): Channel;
  /** Tells the server. Never rejects for what the network or the server may do. */
  send(entry: Entry<A>, all: readonly Entry<A>[]): Promise<Outcome>;
  /** Runs while no other page of this phone does so on this channel; false if another does. */
  alone(channel: Channel, run: () => Promise<void>): Promise<boolean>;
  later(run: () => void, ms: number): () => void;
  /** What the queue is now, and the keys of what is on its way. */
  changed(entries: readonly Entry<A>[], sending: ReadonlySet<string>): void;
  settled(entry: Entry<A>): void;
}

const OTHER_PAGE_MS = 3_000;

/** One channel at work. */
interface Line {
  running: boolean;
  again: boolean;
  cancelTimer: () => void;
}

const idle = (): Line => ({ running: false, again: false, cancelTimer: () => undefined });

export class Outbox<A> {
  private user: number | null = null;
  private held = false;
  private readonly sending = new Set<string>();
  private readonly lines: Readonly<Record<Channel, Line>> = { urgent: idle(), ordinary: idle(), bulk: idle() };

  constructor(private readonly world: OutboxWorld<A>) {}

  /** Whose queue it is from now on; null: nobody's, and nothing goes out. */
  async open(user: number | null): Promise<void> {
    this.user = user;
    this.held = false;
    for (const channel of CHANNELS) this.lines[channel].cancelTimer();
    await this.tell();
    this.pump();
  }

  /** Resolves once the acts are kept, whatever becomes of the network. */
  async add(drafts: readonly Draft<A>[]): Promise<void> {
    const clocks = this.world.clocks();
    await this.world.store.add(drafts.map((draft) => begin(draft, clocks)));
    await this.tell();
    this.pump();
  }

  async putAway(key: string): Promise<void> {
    await this.world.store.remove(key);
    await this.tell();
  }

  /** Try at once what waits for its time. */
  async hurry(): Promise<void> {
    this.held = false;
    for (const entry of await this.entries()) {
      const sooner = hurried(entry);
      if (sooner !== entry && !this.sending.has(entry.key)) await this.world.store.put(sooner);
    }
    this.pump();
  }

  /** Send what can be sent; safe to call at any time. */
  pump(): void {
    for (const channel of CHANNELS) this.pumpOne(channel);
  }

  private pumpOne(channel: Channel): void {
    const line = this.lines[channel];
    if (line.running) {
      line.again = true;
      return;
    }
    line.running = true;
    void this.run(channel).finally(() => {
      line.running = false;
      if (line.again) {
        line.again = false;
        this.pumpOne(channel);
      }
    });
  }

  private now(): number {
    return this.world.clocks().wall;
  }

  private async entries(): Promise<readonly Entry<A>[]> {
    return this.user === null ? [] : this.world.store.all(this.user);
  }

  private async tell(): Promise<void> {
    this.world.changed(await this.entries(), new Set(this.sending));
  }

  private async run(channel: Channel): Promise<void> {
    this.lines[channel].cancelTimer();
    // Two pages that call for help at once are answered alike; one that is frozen with the lock would keep it back.
    if (channel === "urgent") return this.drain(channel);
    const mine = await this.world.alone(channel, () => this.drain(channel));
    if (!mine) this.wakeIn(channel, OTHER_PAGE_MS);
  }

  private async drain(channel: Channel): Promise<void> {
    const user = this.user;
    while (user !== null && user === this.user && !this.held && this.world.online()) {
      const entries = await this.tidied();
      const move = next(entries, this.now(), (entry) => this.world.channelOf(entry) === channel);
      if (move.do === "rest") return;
      if (move.do === "wait") {
        this.wakeIn(channel, move.until - this.now());
        return;
      }
      await this.sendOne(move.entry, entries, channel);
    }
  }

  private async sendOne(entry: Entry<A>, entries: readonly Entry<A>[], channel: Channel): Promise<void> {
    this.sending.add(entry.key);
    this.world.changed(entries, new Set(this.sending));
    const outcome = await this.world.send(entry, entries).finally(() => this.sending.delete(entry.key));
    if (outcome.kind === "signed_out") this.held = true;
    const after = settle(entry, outcome, this.now(), channel);
    await this.world.store.put(after);
    if (after.state !== "waiting") this.world.settled(after);
    await this.tell();
    this.pumpOthers(channel);
  }

  /** What is next in the lane may go on another channel. */
  private pumpOthers(channel: Channel): void {
    for (const other of CHANNELS) if (other !== channel) this.pumpOne(other);
  }

  private async tidied(): Promise<readonly Entry<A>[]> {
    const entries = await this.entries();
    const over = entries.filter((entry) => isOver(entry, this.now()));
    for (const { key } of over) await this.world.store.remove(key);
    return entries.filter((entry) => !over.includes(entry));
  }

  private wakeIn(channel: Channel, ms: number): void {
    const line = this.lines[channel];
    line.cancelTimer();
    line.cancelTimer = this.world.later(() => {
      this.pumpOne(channel);
    }, Math.max(0, ms));
  }
}
