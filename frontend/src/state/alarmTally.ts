/** Figures about the open alarms in a scope, kept by what changed. Of alarms only those that are annunciated count. */
import { changesBetween } from "@/feed/bucketMap";
import type { Alarm, JurisdictionCode } from "@/feed/types";
import { within } from "@/state/areas";
import { isAnnunciated } from "@/state/silence";

export interface AlarmFigures {
  readonly open: number;
  readonly unacknowledged: number;
  readonly critical: number;
}

export class AlarmTally {
  private known: ReadonlyMap<number, Alarm> = new Map();
  private prefix: JurisdictionCode | null = null;
  private figures = { open: 0, unacknowledged: 0, critical: 0 };

  /** The figures for these alarms. Whatever is other than at the last call costs; nothing else does. */
  of(alarms: ReadonlyMap<number, Alarm>, prefix: JurisdictionCode | null): AlarmFigures {
    if (prefix !== this.prefix) {
      this.prefix = prefix;
      this.known = new Map();
      this.figures = { open: 0, unacknowledged: 0, critical: 0 };
    }
    changesBetween(this.known, alarms, (was, is) => {
      if (was !== undefined) this.count(was, -1);
      if (is !== undefined) this.count(is, 1);
    });
    this.known = alarms;
    return { ...this.figures };
  }

  private count(alarm: Alarm, by: 1 | -1): void {
    if (!isAnnunciated(alarm) || !within(alarm.code, this.prefix)) return;
    this.figures.open += by;
    if (!alarm.acknowledged) this.figures.unacknowledged += by;
    if (alarm.severity === 1) this.figures.critical += by;
  }
}
