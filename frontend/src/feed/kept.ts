/**
 * A socket that comes back by itself: silence is taken for death, and the pauses between attempts grow.
 *
 * Socket, clock and chance are arguments. What is said over it is its owner's business.
 */
import type { FeedSocket } from "./client";
import type { Clock } from "./clock";

export const SILENT_MS = 12_000;
const BACKOFF_FIRST_MS = 500;

export interface KeptSocketOptions {
  readonly connect: () => FeedSocket;
  readonly clock: Clock;
  readonly random: () => number;
  readonly longestPauseMs: number;
  /** An attempt begins; `attempts` have failed since the socket was last of use. */
  readonly onAttempt?: (attempts: number) => void;
  readonly onOpen?: () => void;
  readonly onText: (text: string) => void;
  /** The other end has closed; true: for good. */
  readonly onClosed: (code: number) => boolean;
  /** Whatever was under way over it is lost. */
  readonly onDropped?: () => void;
  /** It will be tried again. */
  readonly onBroken?: () => void;
}

export class KeptSocket {
  private socket: FeedSocket | null = null;
  private stopped = true;
  private attempts = 0;
  private cancelRetry: (() => void) | null = null;
  private cancelSilence: (() => void) | null = null;

  constructor(private readonly options: KeptSocketOptions) {}

  get connected(): boolean {
    return this.socket !== null;
  }

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.open();
  }

  stop(): void {
    this.stopped = true;
    this.drop();
    this.cancelRetry?.();
    this.cancelRetry = null;
  }

  /** The network came back or the page was shown again: don't sit out the pause. */
  retryNow(): void {
    if (!this.stopped && this.socket === null) this.open();
  }

  send(text: string): void {
    this.socket?.send(text);
  }

  /** What came makes sense: the next break begins with the shortest pause again. */
  proved(): void {
    this.attempts = 0;
  }

  /** What came makes none: begin anew. */
  reconnect(): void {
    this.drop();
    if (this.stopped) return;
    this.attempts += 1;
    this.options.onBroken?.();
    const ceiling = Math.min(this.options.longestPauseMs, BACKOFF_FIRST_MS * 2 ** (this.attempts - 1));
    this.cancelRetry = this.options.clock.after(ceiling * (0.5 + this.options.random() / 2), () => {
      this.open();
    });
  }

  private open(): void {
    this.cancelRetry?.();
    const socket = this.options.connect();
    this.socket = socket;
    this.options.onAttempt?.(this.attempts);
    socket.onopen = () => {
      if (socket === this.socket) this.options.onOpen?.();
    };
    socket.onmessage = ({ data }) => {
      if (socket !== this.socket) return;
      this.armSilence();
      this.options.onText(String(data));
    };
    socket.onclose = ({ code }) => {
      if (socket !== this.socket) return;
      if (this.options.onClosed(code)) this.stop();
      else this.reconnect();
    };
    this.armSilence();
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
    this.options.onDropped?.();
    socket?.close();
  }
}
