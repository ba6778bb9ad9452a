/** The page's end of `/ws/invitations`: the whole list each time, from a socket that comes back by itself. */
import { FormatError } from "@/api/shape";
import type { Clock } from "@/feed/clock";
import type { FeedSocket } from "@/feed/client";
import { parseInvitations } from "./parse";
import type { Invitation, InvitationsFrame } from "./types";

const SILENT_MS = 12_000;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MAX_MS = 15_000;

export interface CallsOptions {
  readonly connect: () => FeedSocket;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onItems: (items: readonly Invitation[]) => void;
  /** The server's clock minus this machine's, ms. */
  readonly onClock: (offset: number) => void;
}

export class CallsClient {
  private socket: FeedSocket | null = null;
  private stopped = true;
  private attempts = 0;
  private cancelRetry: (() => void) | null = null;
  private cancelSilence: (() => void) | null = null;

  constructor(private readonly options: CallsOptions) {}

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.open();
  }

  stop(): void {
    this.stopped = true;
    this.drop();
    this.cancelRetry?.();
  }

  retryNow(): void {
    if (!this.stopped && this.socket === null) this.open();
  }

  private open(): void {
    this.cancelRetry?.();
    const socket = this.options.connect();
    this.socket = socket;
    socket.onmessage = ({ data }) => {
      if (socket === this.socket) this.receive(String(data));
    };
    socket.onclose = ({ code }) => {
      if (socket !== this.socket) return;
      // No such right, or no session: the page's other connections say so.
      if (code === 4401 || code === 4403) this.stop();
      else this.reconnect();
    };
    this.armSilence();
  }

  private receive(raw: string): void {
    let frame: InvitationsFrame;
    try {
      frame = parseInvitations(raw);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.reconnect();
      return;
    }
    this.attempts = 0;
    this.armSilence();
    if (frame.type === "invitations") this.options.onItems(frame.items);
    else this.options.onClock(Date.parse(frame.now) - this.options.clock.now());
  }

  private reconnect(): void {
    this.drop();
    if (this.stopped) return;
    this.attempts += 1;
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
    socket?.close();
  }
}
