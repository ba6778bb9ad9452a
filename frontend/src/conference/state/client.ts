/**
 * The page's end of `/ws/conference/{id}`: comes back by itself until the server says that it is over.
 *
 * Socket, clock and chance are arguments. What the frames mean is the reducer's business; this one joins, beats,
 * numbers commands and tells of the connection.
 */
import { FormatError } from "@/api/shape";
import type { Clock } from "@/feed/clock";
import type { FeedSocket } from "@/feed/client";
import { parseRoomFrame } from "./parse";
import type { ClientFrame, Command, Devices, FrameProblem, GoneReason, Refusal, ServerFrame, View } from "./types";

export const SILENT_MS = 12_000;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 8_000;

/** 4401, 4403 and 4404 are told apart: the way out of each is another. */
export type Refused = "unauthenticated" | "forbidden" | "not_found";
export type Link = "connecting" | "joined" | "broken" | "over";

const REFUSED: Readonly<Record<number, Refused>> = { 4401: "unauthenticated", 4403: "forbidden", 4404: "not_found" };
const ENDED = 4410;

export interface RoomClientOptions {
  readonly connect: () => FeedSocket;
  readonly clock: Clock;
  readonly random: () => number;
  readonly devices: () => Devices;
  readonly onFrame: (frame: ServerFrame) => void;
  readonly onLink: (link: Link) => void;
  /** The socket is closed for good without a last frame. */
  readonly onRefused: (why: Refused) => void;
}

export type Outcome = { readonly ok: true } | { readonly ok: false; readonly code: Refusal | FrameProblem | "broken" };

export class RoomClient {
  private socket: FeedSocket | null = null;
  private stopped = true;
  private ended: GoneReason | null = null;
  private attempts = 0;
  private nextId = 1;
  private view: View | null = null;
  private readonly waiting = new Map<number, (outcome: Outcome) => void>();
  private cancelRetry: (() => void) | null = null;
  private cancelSilence: (() => void) | null = null;

  constructor(private readonly options: RoomClientOptions) {}

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.open();
  }

  /** The network came back or the page was shown again: don't sit out the back-off. */
  retryNow(): void {
    if (!this.stopped && this.socket === null) this.open();
  }

  /** Leaves the room for good. */
  leave(): void {
    this.send({ type: "leave" });
    this.stop();
  }

  stop(): void {
    this.stopped = true;
    this.drop();
    this.cancelRetry?.();
    this.cancelRetry = null;
    this.options.onLink("over");
  }

  act(command: Command): Promise<Outcome> {
    if (this.socket === null) return Promise.resolve({ ok: false, code: "broken" });
    const id = this.nextId;
    this.nextId += 1;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.send({ type: "act", id, command });
    });
  }

  offer(sdp: string): void {
    this.send({ type: "offer", sdp });
  }

  /** Remembered, and told again to every new socket. */
  show(view: View): void {
    this.view = view;
    this.tellView();
  }

  private tellView(): void {
    if (this.view !== null) this.send({ type: "view", ...this.view, tiles: [...this.view.tiles] });
  }

  private open(): void {
    this.cancelRetry?.();
    const socket = this.options.connect();
    this.socket = socket;
    this.options.onLink(this.attempts === 0 ? "connecting" : "broken");
    socket.onopen = () => {
      if (socket === this.socket) this.send({ type: "join", devices: this.options.devices() });
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.socket) this.receive(String(data));
    };
    socket.onclose = ({ code }) => {
      if (socket === this.socket) this.closed(code);
    };
    this.armSilence();
  }

  private receive(raw: string): void {
    let frame: ServerFrame | null;
    try {
      frame = parseRoomFrame(raw);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.reconnect(); // the next state is whole
      return;
    }
    this.armSilence();
    if (frame === null) return;
    this.heed(frame);
    this.options.onFrame(frame);
  }

  private heed(frame: ServerFrame): void {
    if (frame.type === "heartbeat") this.send({ type: "beat", n: frame.n });
    else if (frame.type === "welcome") {
      this.attempts = 0;
      this.options.onLink("joined");
      this.tellView();
    } else if (frame.type === "done") this.settle(frame.id, { ok: true });
    else if (frame.type === "problem" && frame.id !== null) this.settle(frame.id, { ok: false, code: frame.code });
    else if (frame.type === "ended") this.ended = frame.reason;
  }

  private settle(id: number, outcome: Outcome): void {
    this.waiting.get(id)?.(outcome);
    this.waiting.delete(id);
  }

  private closed(code: number): void {
    const refused = REFUSED[code];
    if (refused !== undefined || code === ENDED || this.ended !== null) {
      const told = this.ended !== null;
      this.stop();
      if (!told && refused !== undefined) this.options.onRefused(refused);
      return;
    }
    this.reconnect();
  }

  private reconnect(): void {
    this.drop();
    if (this.stopped) return;
    this.attempts += 1;
    this.options.onLink("broken");
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (this.attempts - 1));
    this.cancelRetry = this.options.clock.after(ceiling * (0.5 + this.options.random() / 2), () => {
      this.open();
    });
  }

  private armSilence(): void {
    this.cancelSilence?.();
    this.cancelSilence = this.options.clock.after(SILENT_MS, () => {
      this.reconnect();
    });
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    this.cancelSilence?.();
    this.cancelSilence = null;
    for (const id of [...this.waiting.keys()]) this.settle(id, { ok: false, code: "broken" });
    socket?.close();
  }

  private send(frame: ClientFrame): void {
    this.socket?.send(JSON.stringify(frame));
  }
}
