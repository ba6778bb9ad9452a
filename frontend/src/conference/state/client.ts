/**
 * The page's end of `/ws/conference/{id}`: comes back by itself until the server says that it is over.
 *
 * Socket, clock and chance are arguments. What the frames mean is the reducer's business; this one joins, beats,
 * numbers commands and tells of the connection.
 */
import { FormatError } from "@/api/shape";
import { KeptSocket, type KeptSocketOptions } from "@/feed/kept";
import { parseRoomFrame } from "./parse";
import type { ClientFrame, Command, Devices, FrameProblem, GoneReason, LineReport, Refusal, ServerFrame, View } from "./types";

const LONGEST_PAUSE_MS = 8_000;

/** 4401, 4403 and 4404 are told apart: the way out of each is another. */
export type Refused = "unauthenticated" | "forbidden" | "not_found";
export type Link = "connecting" | "joined" | "broken" | "over";

const REFUSED: Readonly<Record<number, Refused>> = { 4401: "unauthenticated", 4403: "forbidden", 4404: "not_found" };
const ENDED = 4410;

export interface RoomClientOptions extends Pick<KeptSocketOptions, "connect" | "clock" | "random"> {
  readonly devices: () => Devices;
  readonly onFrame: (frame: ServerFrame) => void;
  readonly onLink: (link: Link) => void;
  /** The socket is closed for good without a last frame. */
  readonly onRefused: (why: Refused) => void;
}

export type Outcome = { readonly ok: true } | { readonly ok: false; readonly code: Refusal | FrameProblem | "broken" };

export class RoomClient {
  private readonly line: KeptSocket;
  private ended: GoneReason | null = null;
  private nextId = 1;
  private view: View | null = null;
  private readonly waiting = new Map<number, (outcome: Outcome) => void>();

  constructor(private readonly options: RoomClientOptions) {
    const { connect, clock, random } = options;
    this.line = new KeptSocket({
      connect,
      clock,
      random,
      longestPauseMs: LONGEST_PAUSE_MS,
      onAttempt: (attempts) => {
        options.onLink(attempts === 0 ? "connecting" : "broken");
      },
      onOpen: () => {
        this.send({ type: "join", devices: options.devices() });
      },
      onText: (text) => {
        this.receive(text);
      },
      onClosed: (code) => this.closed(code),
      onDropped: () => {
        for (const id of [...this.waiting.keys()]) this.settle(id, { ok: false, code: "broken" });
      },
      onBroken: () => {
        options.onLink("broken");
      },
    });
  }

  start(): void {
    this.line.start();
  }

  retryNow(): void {
    this.line.retryNow();
  }

  /** Leaves the room for good. */
  leave(): void {
    this.send({ type: "leave" });
    this.stop();
  }

  stop(): void {
    this.line.stop();
    this.options.onLink("over");
  }

  act(command: Command): Promise<Outcome> {
    if (!this.line.connected) return Promise.resolve({ ok: false, code: "broken" });
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

  /** How one's own line is; false if nobody can be told now. */
  report(report: LineReport): boolean {
    if (!this.line.connected) return false;
    this.send({ type: "quality", report });
    return true;
  }

  accept(sdp: string): void {
    this.send({ type: "accept", sdp });
  }

  /** Remembered, and told again to every new socket. */
  show(view: View): void {
    this.view = view;
    this.tellView();
  }

  private tellView(): void {
    if (this.view !== null) this.send({ type: "view", ...this.view, tiles: [...this.view.tiles] });
  }

  private receive(raw: string): void {
    let frame: ServerFrame | null;
    try {
      frame = parseRoomFrame(raw);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.line.reconnect(); // the next state is whole
      return;
    }
    if (frame === null) return;
    this.heed(frame);
    this.options.onFrame(frame);
  }

  private heed(frame: ServerFrame): void {
    if (frame.type === "heartbeat") this.send({ type: "beat", n: frame.n });
    else if (frame.type === "welcome") {
      this.line.proved();
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

  /** Whether it is over for good. */
  private closed(code: number): boolean {
    const refused = REFUSED[code];
    const told = this.ended !== null;
    if (refused === undefined && code !== ENDED && !told) return false;
    this.options.onLink("over");
    if (!told && refused !== undefined) this.options.onRefused(refused);
    return true;
  }

  private send(frame: ClientFrame): void {
    this.line.send(JSON.stringify(frame));
  }
}
