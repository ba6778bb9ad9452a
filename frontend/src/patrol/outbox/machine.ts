/**
 * The queue of what a person did: what goes out next, and what an answer means. Pure; times in epoch ms.
 *
 * Entries of one lane go out one after the other, in the order in which they were made; lanes do not wait for
 * each other. What can go out next goes on one of three channels, each with one request at a time: a call for
 * help waits for nothing, and a step for no photo of elsewhere. What is on its way is no state of an entry: after a crash it is waiting still, and goes out again
 * under the same key, which the server answers as the first time.
 */
import type { Clocks, Stamp } from "./age";
export interface Refusal {
  readonly code: string;
  readonly detail: string;
  readonly status: number;
  /** What the first wrong field has, for words of one's own. */
  readonly reason?: string;
}

export interface Entry<A> extends Stamp {
  /** Made here, known to the server: the same key counts once. */
  readonly key: string;
  /** Grows with each entry of this phone. */
  readonly seq: number;
  readonly user: number;
  readonly lane: string;
  readonly act: A;
  readonly state: "waiting" | "sent" | "refused";
  readonly attempts: number;
  readonly notBefore: number;
  readonly answeredAt: number | null;
  readonly refusal: Refusal | null;
  /** The id of what it made, if it makes something that others of its lane need. */
  readonly made: number | null;
}

export type Draft<A> = Pick<Entry<A>, "key" | "user" | "lane" | "act">;

/** Before the store has given it its number. */
export type Unnumbered<A> = Omit<Entry<A>, "seq">;

export function begin<A>(draft: Draft<A>, { wall, page, up }: Clocks): Unnumbered<A> {
  return {
    ...draft,
    at: wall,
    page,
    up,
    state: "waiting",
    attempts: 0,
    notBefore: 0,
    answeredAt: null,
    refusal: null,
    made: null,
  };
}

export type Outcome =
  | { readonly kind: "answered"; readonly made: number | null }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** No answer, or none of the server's: nobody knows whether it arrived. */
  | { readonly kind: "failed" }
  /** The session is over: not this entry's fault. */
  | { readonly kind: "signed_out" };

export type Move<A> =
  | { readonly do: "send"; readonly entry: Entry<A> }
  | { readonly do: "wait"; readonly until: number }
  | { readonly do: "rest" };

export const CHANNELS = ["urgent", "ordinary", "bulk"] as const;
export type Channel = (typeof CHANNELS)[number];

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS: Readonly<Record<Channel, number>> = { urgent: 5_000, ordinary: 60_000, bulk: 60_000 };

/** How long after so many failures in a row. */
export function pause(attempts: number, channel: Channel = "ordinary"): number {
  return Math.min(LONGEST_PAUSE_MS[channel], FIRST_PAUSE_MS * 2 ** Math.max(0, attempts - 1));
}

/** The first that waits in each lane, oldest first. */
function heads<A>(entries: readonly Entry<A>[]): readonly Entry<A>[] {
  const first = new Map<string, Entry<A>>();
  for (const entry of [...entries].sort((a, b) => a.seq - b.seq)) {
    if (entry.state === "waiting" && !first.has(entry.lane)) first.set(entry.lane, entry);
  }
  return [...first.values()];
}

/** What a channel does next: of the lanes whose first entry goes on it, the oldest that is due. */
export function next<A>(
  entries: readonly Entry<A>[],
  now: number,
  isMine: (entry: Entry<A>) => boolean = () => true,
): Move<A> {
  const candidates = heads(entries).filter(isMine);
  const due = candidates.find(({ notBefore }) => notBefore <= now);
  if (due !== undefined) return { do: "send", entry: due };
  if (candidates.length === 0) return { do: "rest" };
  return { do: "wait", until: Math.min(...candidates.map(({ notBefore }) => notBefore)) };
}

/** What an entry is after an outcome. */
export function settle<A>(entry: Entry<A>, outcome: Outcome, now: number, channel: Channel = "ordinary"): Entry<A> {
  switch (outcome.kind) {
    case "answered":
      return { ...entry, state: "sent", answeredAt: now, made: outcome.made };
    case "refused":
      return { ...entry, state: "refused", answeredAt: now, refusal: outcome.refusal };
    case "failed": {
      const attempts = entry.attempts + 1;
      return { ...entry, attempts, notBefore: now + pause(attempts, channel) };
    }
    case "signed_out":
      return entry;
  }
}

/** The network is back, or the person asks: nothing waits for its time any longer. */
export function hurried<A>(entry: Entry<A>): Entry<A> {
  return entry.state === "waiting" && entry.notBefore > 0 ? { ...entry, notBefore: 0 } : entry;
}

const KEPT_MS = { sent: 24 * 3600_000, refused: 7 * 24 * 3600_000 } as const;

/** Whether an entry has nothing more to tell. What waits never has. */
export function isOver<A>({ state, answeredAt }: Entry<A>, now: number): boolean {
  return state !== "waiting" && answeredAt !== null && now - answeredAt > KEPT_MS[state];
}

export function waitingOf<A>(entries: readonly Entry<A>[]): readonly Entry<A>[] {
  return entries.filter(({ state }) => state === "waiting");
}
