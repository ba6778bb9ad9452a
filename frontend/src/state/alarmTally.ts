/** Figures about the open alarms in a scope, kept by what changed. Of alarms only those that are annunciated count, and
 * the others by what keeps them quiet. */
import { changesBetween } from "@/feed/bucketMap";
import type { Alarm, JurisdictionCode } from "@/feed/types";
import { within } from "@/state/areas";
import { type Silence, silenceOf } from "@/state/silence";

export interface AlarmFigures {
  readonly open: number;
  readonly unacknowledged: number;
  readonly critical: number;
  readonly aside: Readonly<Record<Silence, number>>;
  /** The devices that have a chattering alarm; the same set while they are the same. */
  readonly chattering: ReadonlySet<string>;
}

function nothing(): { open: number; unacknowledged: number; critical: number; aside: Record<Silence, number> } {
  return { open: 0, unacknowledged: 0, critical: 0, aside: { shelved: 0, out_of_service: 0, suppressed: 0 } };
}

export class AlarmTally {
  private known: ReadonlyMap<number, Alarm> = new Map();
  private prefix: JurisdictionCode | null = null;
  private figures = nothing();
  private readonly chatter = new Map<string, number>();
  private chattering: ReadonlySet<string> = new Set();

  /** The figures for these alarms. Whatever is other than at the last call costs; nothing else does. */
  of(alarms: ReadonlyMap<number, Alarm>, prefix: JurisdictionCode | null): AlarmFigures {
    if (prefix !== this.prefix) {
      this.prefix = prefix;
      this.known = new Map();
      this.figures = nothing();
      this.chatter.clear();
    }
    changesBetween(this.known, alarms, (was, is) => {
      if (was !== undefined) this.count(was, -1);
      if (is !== undefined) this.count(is, 1);
    });
    this.known = alarms;
    if (this.chatter.size !== this.chattering.size || [...this.chatter.keys()].some((id) => !this.chattering.has(id))) {
      this.chattering = new Set(this.chatter.keys());
    }
    return { ...this.figures, aside: { ...this.figures.aside }, chattering: this.chattering };
  }

  private count(alarm: Alarm, by: 1 | -1): void {
    if (!within(alarm.code, this.prefix)) return;
    if (alarm.chattering) {
      const alarms = (this.chatter.get(alarm.device_id) ?? 0) + by;
      if (alarms > 0) this.chatter.set(alarm.device_id, alarms);
      else this.chatter.delete(alarm.device_id);
    }
    const silence = silenceOf(alarm);
    if (silence !== null) {
      this.figures.aside[silence] += by;
      return;
    }
    this.figures.open += by;
    if (!alarm.acknowledged) this.figures.unacknowledged += by;
    if (alarm.severity === 1) this.figures.critical += by;
  }
}
