/** The page's end of `/ws/invitations`: the whole list each time, from a socket that comes back by itself. */
import { FormatError } from "@/api/shape";
import { KeptSocket, type KeptSocketOptions } from "@/feed/kept";
import { parseInvitations } from "./parse";
import type { Invitation, InvitationsFrame } from "./types";

const LONGEST_PAUSE_MS = 15_000;
/** No session, or no such right: the page's other connections say so. */
const REFUSED: readonly number[] = [4401, 4403];

export interface CallsOptions extends Pick<KeptSocketOptions, "connect" | "clock" | "random"> {
  readonly onItems: (items: readonly Invitation[]) => void;
  /** The server's clock minus this machine's, ms. */
  readonly onClock: (offset: number) => void;
}

export class CallsClient {
  private readonly line: KeptSocket;

  constructor(private readonly options: CallsOptions) {
    const { connect, clock, random } = options;
    this.line = new KeptSocket({
      connect,
      clock,
      random,
      longestPauseMs: LONGEST_PAUSE_MS,
      onText: (text) => {
        this.receive(text);
      },
      onClosed: (code) => REFUSED.includes(code),
    });
  }

  start(): void {
    this.line.start();
  }

  stop(): void {
    this.line.stop();
  }

  retryNow(): void {
    this.line.retryNow();
  }

  private receive(raw: string): void {
    let frame: InvitationsFrame;
    try {
      frame = parseInvitations(raw);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.line.reconnect();
      return;
    }
    this.line.proved();
    if (frame.type === "invitations") this.options.onItems(frame.items);
    else this.options.onClock(Date.parse(frame.now) - this.options.clock.now());
  }
}
