/** One's own line between two reports, from the browser's counters (W3C webrtc-stats). Pure. */
import type { LineReport } from "./types";

/** A picture that comes in. */
export interface Picture {
  readonly decoded: number;
  readonly height: number;
  readonly rate: number;
}

/** One look at a peer connection; counters since it was made, times in milliseconds and seconds as named. */
export interface LineSample {
  readonly at: number;
  readonly received: number;
  readonly lost: number;
  readonly sent: number;
  readonly sentLost: number;
  readonly freezes: number;
  readonly frozenS: number;
  readonly pictures: ReadonlyMap<string, Picture>;
  readonly sentHeight: number | null;
  readonly sentRate: number | null;
  readonly roundTripMs: number | null;
  readonly path: LineReport["path"];
}

const COUNTERS = ["received", "lost", "sent", "sentLost", "freezes", "frozenS"] as const;
type Counts = Record<(typeof COUNTERS)[number] | "watchedS", number>;

const NOTHING: Counts = { received: 0, lost: 0, sent: 0, sentLost: 0, freezes: 0, frozenS: 0, watchedS: 0 };
/** What the server takes as one span. */
const LONGEST_S = 170;
const SHORTEST_S = 0.5;

export class LineMeter {
  private counts: Counts = { ...NOTHING };
  private last: LineSample | null = null;
  private seconds = 0;
  private joinMs: number | null = null;

  /** Looks in order of time; a connection that was made anew counts from nought again. */
  take(sample: LineSample): void {
    const before = this.last;
    this.last = sample;
    if (before === null || sample.at <= before.at) return;
    const seconds = (sample.at - before.at) / 1000;
    if (this.seconds + seconds > LONGEST_S) this.forget();
    if (seconds > LONGEST_S) return;
    const anew = sample.received < before.received || sample.sent < before.sent;
    for (const name of COUNTERS) this.counts[name] += Math.max(0, sample[name] - (anew ? 0 : before[name]));
    this.counts.watchedS += seconds * moving(before, sample);
    this.seconds += seconds;
  }

  /** The first picture of somebody else is there. */
  joined(ms: number): void {
    this.joinMs = Math.max(0, Math.round(ms));
  }

  /** What there is to say since the last report; null while that is nothing. */
  report(): LineReport | null {
    const { last, counts } = this;
    if (last === null || this.seconds < SHORTEST_S) return null;
    const largest = [...last.pictures.values()].sort((a, b) => b.height - a.height)[0];
    const said: LineReport = {
      seconds: tenths(this.seconds),
      join_ms: this.joinMs,
      received: counts.received,
      lost: counts.lost,
      sent: counts.sent,
      sent_lost: counts.sentLost,
      watched_s: tenths(counts.watchedS),
      freezes: counts.freezes,
      frozen_s: Math.min(tenths(counts.frozenS), tenths(counts.watchedS)),
      height: largest?.height ?? null,
      rate: largest === undefined ? null : Math.min(240, Math.round(largest.rate)),
      sent_height: last.sentHeight,
      sent_rate: last.sentRate === null ? null : Math.min(240, Math.round(last.sentRate)),
      round_trip_ms: last.roundTripMs === null ? null : Math.round(last.roundTripMs),
      path: last.path ?? null,
    };
    this.forget();
    this.joinMs = null;
    return said;
  }

  private forget(): void {
    this.counts = { ...NOTHING };
    this.seconds = 0;
  }
}

/** How many pictures went on between two looks. */
function moving(before: LineSample, now: LineSample): number {
  let found = 0;
  for (const [id, { decoded }] of now.pictures) if (decoded > (before.pictures.get(id)?.decoded ?? 0)) found += 1;
  return found;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
