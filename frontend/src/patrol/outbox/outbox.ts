/** Sends the queue: one entry at a time, each step written down before and after. Its store is the truth. */
import { begin, type Draft, type Entry, hurried, isOver, next, type Outcome, settle, type Unnumbered } from "./machine";

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
  now(): number;
  online(): boolean;
  /** Tells the server. Never rejects for what the network or the server may do. */
  send(entry: Entry<A>, all: readonly Entry<A>[]): Promise<Outcome>;
  /** Runs while no other page of this phone does; false if another does. */
  alone(run: () => Promise<void>): Promise<boolean>;
  later(run: () => void, ms: number): () => void;
  /** What the queue is now. */
  changed(entries: readonly Entry<A>[], sending: string | null): void;
  settled(entry: Entry<A>): void;
}

const OTHER_PAGE_MS = 3_000;

export class Outbox<A> {
  private user: number | null = null;
  private running = false;
  private again = false;
  private held = false;
  private cancelTimer: () => void = () => undefined;

  constructor(private readonly world: OutboxWorld<A>) {}

  /** Whose queue it is from now on; null: nobody's, and nothing goes out. */
  async open(user: number | null): Promise<void> {
    this.user = user;
    this.held = false;
    this.cancelTimer();
    await this.tell();
    this.pump();
  }

  /** Resolves once the acts are kept, whatever becomes of the network. */
  async add(drafts: readonly Draft<A>[]): Promise<void> {
    const now = this.world.now();
    await this.world.store.add(drafts.map((draft) => begin(draft, now)));
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
      if (sooner !== entry) await this.world.store.put(sooner);
    }
    this.pump();
  }

  /** Send what can be sent; safe to call at any time. */
  pump(): void {
    if (this.running) {
      this.again = true;
      return;
    }
    this.running = true;
    void this.run().finally(() => {
      this.running = false;
      if (this.again) {
        this.again = false;
        this.pump();
      }
    });
  }

  private async entries(): Promise<readonly Entry<A>[]> {
    return this.user === null ? [] : this.world.store.all(this.user);
  }

  private async tell(sending: string | null = null): Promise<void> {
    this.world.changed(await this.entries(), sending);
  }

  private async run(): Promise<void> {
    this.cancelTimer();
    const mine = await this.world.alone(() => this.drain());
    if (!mine) this.wakeIn(OTHER_PAGE_MS);
  }

  private async drain(): Promise<void> {
    const user = this.user;
    while (user !== null && user === this.user && !this.held && this.world.online()) {
      const entries = await this.tidied();
      const move = next(entries, this.world.now());
      if (move.do === "rest") return;
      if (move.do === "wait") {
        this.wakeIn(move.until - this.world.now());
        return;
      }
      await this.sendOne(move.entry, entries);
    }
  }

  private async sendOne(entry: Entry<A>, entries: readonly Entry<A>[]): Promise<void> {
    this.world.changed(entries, entry.key);
    const outcome = await this.world.send(entry, entries);
    if (outcome.kind === "signed_out") this.held = true;
    const after = settle(entry, outcome, this.world.now());
    await this.world.store.put(after);
    if (after.state !== "waiting") this.world.settled(after);
    await this.tell();
  }

  private async tidied(): Promise<readonly Entry<A>[]> {
    const entries = await this.entries();
    const over = entries.filter((entry) => isOver(entry, this.world.now()));
    for (const { key } of over) await this.world.store.remove(key);
    return entries.filter((entry) => !over.includes(entry));
  }

  private wakeIn(ms: number): void {
    this.cancelTimer();
    this.cancelTimer = this.world.later(() => {
      this.pump();
    }, Math.max(0, ms));
  }
}
