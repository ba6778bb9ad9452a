/**
 * A list that does not jump. While held (scrolled away from the top) rows keep their places: what is
 * new waits, what is gone stays as it was last seen, marked. Pure.
 */
import type { Alarm } from "@/feed/types";

export interface QueueRow {
  readonly alarm: Alarm;
  /** No longer in the list; shown only so that the rows below do not move. */
  readonly gone: boolean;
}

export interface HeldList {
  readonly rows: readonly QueueRow[];
  /** How many wait to be shown. */
  readonly waiting: number;
}

export function free(arranged: readonly Alarm[]): HeldList {
  return { rows: arranged.map((alarm) => ({ alarm, gone: false })), waiting: 0 };
}

/** `before` is what is on screen; `latest` is where a row that left the list is still known from. */
export function hold(
  before: HeldList,
  arranged: readonly Alarm[],
  latest: ReadonlyMap<number, Alarm>,
): HeldList {
  const now = new Map(arranged.map((alarm) => [alarm.id, alarm]));
  const rows = before.rows.map((row): QueueRow => {
    const alarm = now.get(row.alarm.id);
    now.delete(row.alarm.id);
    if (alarm === undefined) return { alarm: latest.get(row.alarm.id) ?? row.alarm, gone: true };
    return alarm === row.alarm && !row.gone ? row : { alarm, gone: false };
  });
  return { rows, waiting: now.size };
}
