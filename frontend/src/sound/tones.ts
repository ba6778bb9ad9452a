/** What each severity sounds like, and when the console must sound at all. Pure. */
import { type Alarm, type FeedEvent, type Incident, type JurisdictionCode, type Notice, type Severity } from "@/feed/types";
import { isAnnunciated } from "@/state/silence";

export interface Note {
  /** Hz. */
  readonly pitch: number;
  /** Seconds after the start of the tone. */
  readonly at: number;
  /** Seconds. */
  readonly length: number;
  /** 0 to 1. */
  readonly volume: number;
}

/** Distinct by rhythm and pitch, not by loudness alone; I is the only insistent one. */
export const TONES: { readonly [S in Severity]: readonly Note[] } = {
  1: [0, 0.16, 0.32].flatMap((at) => [
    { pitch: 988, at, length: 0.12, volume: 0.55 },
    { pitch: 1319, at: at + 0.06, length: 0.08, volume: 0.4 },
  ]),
  2: [0, 0.2].map((at) => ({ pitch: 784, at, length: 0.14, volume: 0.32 })),
  3: [{ pitch: 659, at: 0, length: 0.18, volume: 0.22 }],
  4: [{ pitch: 440, at: 0, length: 0.12, volume: 0.14 }],
};

/** Somebody here is waited for: two low notes, falling, quieter than any alarm. */
export const ATTENTION: readonly Note[] = [
  { pitch: 523, at: 0, length: 0.16, volume: 0.12 },
  { pitch: 392, at: 0.18, length: 0.22, volume: 0.12 },
];

/** How often that is repeated while it goes on. */
export const REMIND_MS = 60_000;

/** A call: two rising pairs, as no alarm has them. */
export const RING: readonly Note[] = [0, 0.9].flatMap((at) => [
  { pitch: 523, at, length: 0.22, volume: 0.3 },
  { pitch: 659, at: at + 0.2, length: 0.22, volume: 0.3 },
  { pitch: 784, at: at + 0.4, length: 0.34, volume: 0.34 },
]);
export const RING_EVERY_MS = 3_000;

/** How often I is repeated until acknowledged. */
export const REPEAT_MS = 5_000;

/** Tones of alarms begin so far apart; what comes in between is one tone, the gravest's. */
export const APART_MS = 1_000;

/** At most one tone a second, and none graver than what was heard is lost. */
export class TonePacer {
  private last = Number.NEGATIVE_INFINITY;
  private held: Severity | null = null;

  /** What is to sound now; null: later, at `due`. */
  ask(severity: Severity, now: number): Severity | null {
    this.held = this.held === null || severity < this.held ? severity : this.held;
    return this.due !== null && now >= this.due ? this.take(now) : null;
  }

  /** When what is held may sound; null: nothing is. */
  get due(): number | null {
    return this.held === null ? null : this.last + APART_MS;
  }

  take(now: number): Severity | null {
    const { held } = this;
    if (held !== null) this.last = now;
    this.held = null;
    return held;
  }
}

/** Whether an event is to be heard by whoever holds posts at `codes`: a reminder only at the level that has to see to it. */
function isHeard(event: FeedEvent, codes: ReadonlySet<string>): event is Extract<FeedEvent, { data: Alarm }> {
  switch (event.kind) {
    case "alarm.raised":
    case "alarm.unshelved":
    case "alarm.in_service":
    case "alarm.unsuppressed":
      return !event.data.acknowledged && isAnnunciated(event.data);
    case "alarm.reminded":
    case "alarm.escalated":
      return !event.data.acknowledged && codes.has(event.data.level);
    default:
      return false;
  }
}

/** The gravest alarm that has just been raised or is called to mind here, or null. Repeats of a known alarm are silent. */
export function gravestRaised(events: readonly FeedEvent[], codes: ReadonlySet<string>): Severity | null {
  let gravest: Severity | null = null;
  for (const event of events) {
    if (!isHeard(event, codes)) continue;
    if (gravest === null || event.data.severity < gravest) gravest = event.data.severity;
  }
  return gravest;
}

export function mustInsist(alarms: Iterable<Alarm>): boolean {
  for (const alarm of alarms) {
    if (alarm.severity === 1 && !alarm.acknowledged && isAnnunciated(alarm)) return true;
  }
  return false;
}

/**
 * What waits for whoever holds posts at `codes`: incidents of theirs whose unit did not come, and notices to them.
 * A key that was not there before is heard.
 */
export function waitingFor(
  incidents: Iterable<Incident>,
  notices: Iterable<Notice>,
  codes: ReadonlySet<JurisdictionCode>,
): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { id, owner, redispatch } of incidents) {
    if (redispatch !== null && codes.has(owner)) keys.add(`redispatch ${String(id)} ${redispatch}`);
  }
  for (const { id } of notices) keys.add(`notice ${String(id)}`);
  return keys;
}
