/**
 * The console's end of the live feed: a WebSocket that always ends up at the server's state.
 *
 * It says hello with its cursor, applies frames whose `prev` is that cursor, and asks again from the
 * cursor whenever something does not fit. Socket, clock and chance are arguments.
 */
import { FormatError } from "@/api/shape";
import { assertNever } from "@/ui/assertNever";
import type { Clock } from "./clock";
import { parseFrame } from "./parse";
import { EMPTY_STATE, type FeedState, fromSnapshot, reduceAll } from "./reduce";
import type { ClientFrame, Cursor, FeedEvent, ServerFrame, Snapshot } from "./types";

export const STALE_AFTER_MS = 12_000;
const HELLO_TIMEOUT_MS = 10_000;
const SEEN_INTERVAL_MS = 1_000;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 15_000;
/** A connection that lasted this long counts as good: the next back-off starts over. */
const STEADY_AFTER_MS = 10_000;
/** Heartbeats over which the least delayed one gives the server's clock. */
const OFFSET_WINDOW = 24;

/** The part of WebSocket that the client uses. */
export interface FeedSocket {
  onopen: (() => void) | null;
  onmessage: ((message: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

/**
 * connecting: no state yet. live: the state is the server's. resuming: contact lost or a gap seen,
 * coming back. stale: no word for 12 s. offline: as stale, and the machine has no network, or the
 * server ended the session.
 */
export type ConnectionState = "connecting" | "live" | "resuming" | "stale" | "offline";

export type EndReason = "unauthenticated" | "forbidden";

export interface Connection {
  readonly state: ConnectionState;
  /** This machine's clock when the last frame came. */
  readonly lastContact: number | null;
  /** How late the newest event was when it came, ms. */
  readonly lag: number | null;
  /** Server's clock minus this machine's, ms. */
  readonly clockOffset: number;
  /** Failed attempts in a row. */
  readonly attempts: number;
  /** Whether the last attempt got as far as an open socket. */
  readonly opened: boolean;
}

export interface FeedClientOptions {
  readonly connect: () => FeedSocket;
  readonly clock: Clock;
  readonly random: () => number;
  readonly online: () => boolean;
  /** After every change of the state; `events` is null when it came whole, in a snapshot. */
  readonly onState: (state: FeedState, events: readonly FeedEvent[] | null) => void;
  readonly onConnection: (connection: Connection) => void;
  readonly onEnded: (reason: EndReason) => void;
}

export class FeedClient {
  private state: FeedState = EMPTY_STATE;
  private position: Cursor | null = null;
  private socket: FeedSocket | null = null;
  private awaitingReply = false;
  private stopped = true;
  private hasState = false;
  private liveSince: number | null = null;
  private offsets: number[] = [];
  private seenSent = -1;
  private seenAt = Number.NEGATIVE_INFINITY;
  private connection: Connection = {
    state: "connecting",
    lastContact: null,
    lag: null,
    clockOffset: 0,
    attempts: 0,
    opened: false,
  };
  private cancelRetry: (() => void) | null = null;
  private cancelHello: (() => void) | null = null;
  private cancelStale: (() => void) | null = null;
  private cancelSeen: (() => void) | null = null;

  constructor(private readonly options: FeedClientOptions) {}

  get cursor(): Cursor | null {
    return this.position;
  }

  get feedState(): FeedState {
    return this.state;
  }

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.open();
  }

  stop(): void {
    this.stopped = true;
    this.dropSocket();
    this.cancel("cancelRetry", "cancelStale", "cancelSeen");
  }

  /** The network came back or the page was shown again: don't sit out the back-off. */
  retryNow(): void {
    if (this.stopped || this.socket !== null) return;
    this.open();
  }

  private open(): void {
    this.cancel("cancelRetry");
    const socket = this.options.connect();
    this.socket = socket;
    this.update({ opened: false });
    socket.onopen = () => {
      if (socket !== this.socket) return;
      this.update({ opened: true });
      this.hello();
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.socket) this.receive(data);
    };
    socket.onclose = ({ code }) => {
      if (socket === this.socket) this.closed(code);
    };
    this.armHello();
  }

  private hello(): void {
    this.awaitingReply = true;
    if (this.hasState && this.connection.state === "live") this.update({ state: "resuming" });
    this.armHello();
    this.send({ type: "hello", cursor: this.position });
  }

  private armHello(): void {
    this.cancel("cancelHello");
    this.cancelHello = this.options.clock.after(HELLO_TIMEOUT_MS, () => {
      this.reconnect();
    });
  }

  private receive(data: unknown): void {
    let frame: ServerFrame;
    try {
      frame = parseFrame(String(data));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.position = null; // what we hold may be wrong: start from a snapshot
      this.reconnect();
      return;
    }
    this.contact();
    this.handle(frame);
  }

  private handle(frame: ServerFrame): void {
    switch (frame.type) {
      case "snapshot":
        this.takeSnapshot(frame.cursor, frame.state);
        return;
      case "resumed":
        this.takeResumed(frame.cursor);
        return;
      case "events":
        this.takeEvents(frame);
        return;
      case "heartbeat":
        this.takeHeartbeat(frame.head, frame.now);
        return;
      default:
        assertNever(frame);
    }
  }

  private takeSnapshot(cursor: Cursor, snapshot: Snapshot): void {
    this.position = cursor;
    this.state = fromSnapshot(snapshot);
    this.hasState = true;
    this.options.onState(this.state, null);
    this.goLive();
  }

  private takeResumed(cursor: Cursor): void {
    if (!this.awaitingReply) return;
    const own = this.position;
    if (own === null || cursor.epoch !== own.epoch || cursor.seq !== own.seq) {
      this.position = null;
      this.hello();
      return;
    }
    this.goLive();
  }

  private takeEvents(frame: Extract<ServerFrame, { type: "events" }>): void {
    const own = this.position;
    if (this.awaitingReply || own === null) return; // of the stream we have just left
    if (frame.head <= own.seq) return; // all of it is known
    if (frame.prev !== own.seq) {
      this.hello();
      return;
    }
    this.position = { epoch: own.epoch, seq: frame.head };
    const newest = frame.events.at(-1);
    if (newest !== undefined) {
      this.update({ lag: Math.max(0, this.serverNow() - Date.parse(newest.at)) });
      this.state = reduceAll(this.state, frame.events);
      this.options.onState(this.state, frame.events);
    }
    this.reportSeen();
  }

  private takeHeartbeat(head: number, now: string): void {
    this.offsets.push(Date.parse(now) - this.options.clock.now());
    if (this.offsets.length > OFFSET_WINDOW) this.offsets.shift();
    this.update({ clockOffset: Math.max(...this.offsets) });
    if (this.awaitingReply || this.position === null) return;
    if (head !== this.position.seq) {
      this.hello();
      return;
    }
    this.update({ lag: Math.max(0, this.serverNow() - Date.parse(now)) });
  }

  private goLive(): void {
    this.awaitingReply = false;
    this.cancel("cancelHello");
    this.liveSince ??= this.options.clock.now();
    this.update({ state: "live" });
    this.reportSeen();
  }

  private contact(): void {
    const now = this.options.clock.now();
    this.update({ lastContact: now });
    this.armStale(STALE_AFTER_MS);
  }

  private armStale(ms: number): void {
    this.cancel("cancelStale");
    this.cancelStale = this.options.clock.after(ms, () => {
      this.checkStale();
    });
  }

  private checkStale(): void {
    if (this.hasState) this.update({ state: this.options.online() ? "stale" : "offline" });
    if (this.socket !== null && !this.awaitingReply) this.reconnect(); // open, but silent
  }

  private closed(code: number): void {
    if (code === 4401 || code === 4403) {
      this.stop();
      this.update({ state: "offline" });
      this.options.onEnded(code === 4401 ? "unauthenticated" : "forbidden");
      return;
    }
    if (code === 4400) this.position = null;
    this.reconnect();
  }

  private reconnect(): void {
    this.dropSocket();
    if (this.stopped) return;
    const now = this.options.clock.now();
    const steady = this.liveSince !== null && now - this.liveSince >= STEADY_AFTER_MS;
    this.liveSince = null;
    const attempts = steady ? 1 : this.connection.attempts + 1;
    if (this.connection.state === "live") this.update({ state: "resuming", attempts });
    else this.update({ attempts });
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (attempts - 1));
    this.cancel("cancelRetry");
    this.cancelRetry = this.options.clock.after(ceiling * (0.5 + this.options.random() / 2), () => {
      this.open();
    });
  }

  private dropSocket(): void {
    const socket = this.socket;
    this.socket = null;
    this.awaitingReply = false;
    this.cancel("cancelHello", "cancelSeen");
    socket?.close();
  }

  private reportSeen(): void {
    const position = this.position;
    if (position === null || position.seq === this.seenSent || this.cancelSeen !== null) return;
    const now = this.options.clock.now();
    const wait = Math.max(0, this.seenAt + SEEN_INTERVAL_MS - now);
    if (wait > 0) {
      this.cancelSeen = this.options.clock.after(wait, () => {
        this.cancelSeen = null;
        this.reportSeen();
      });
      return;
    }
    if (this.socket === null || this.awaitingReply) return;
    this.seenAt = now;
    this.seenSent = position.seq;
    this.send({ type: "seen", seq: position.seq });
  }

  private send(frame: ClientFrame): void {
    this.socket?.send(JSON.stringify(frame));
  }

  private serverNow(): number {
    return this.options.clock.now() + this.connection.clockOffset;
  }

  private update(change: Partial<Connection>): void {
    this.connection = { ...this.connection, ...change };
    this.options.onConnection(this.connection);
  }

  private cancel(...timers: ("cancelRetry" | "cancelHello" | "cancelStale" | "cancelSeen")[]): void {
    for (const timer of timers) {
      this[timer]?.();
      this[timer] = null;
    }
  }
}
