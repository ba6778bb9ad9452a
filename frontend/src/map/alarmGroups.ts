/**
 * Which alarms share a marker: only those that would cover one another at this zoom.
 *
 * Works in world pixels (not screen pixels), so panning never regroups, and takes the gravest first, so that a group
 * stands where its gravest member is and does not wander when lesser alarms come and go.
 */
import type { Severity } from "@/feed/types";

import { gather, type Placed } from "./proximity";

export interface PlacedAlarm extends Placed {
  readonly id: number;
  readonly severity: Severity;
  readonly acknowledged: boolean;
  readonly raisedAt: string;
}

export interface AlarmGroup<A extends PlacedAlarm> {
  /** The gravest, unacknowledged, newest member: it gives the group its place, shape and colour. */
  readonly lead: A;
  /** All members, the lead first. */
  readonly members: readonly A[];
  readonly unacknowledged: number;
}

/** Gravest first; of equals the unacknowledged, then the newest, then the lower id. */
export function byGravity(a: PlacedAlarm, b: PlacedAlarm): number {
  return (
    a.severity - b.severity ||
    Number(a.acknowledged) - Number(b.acknowledged) ||
    (a.raisedAt < b.raisedAt ? 1 : a.raisedAt > b.raisedAt ? -1 : 0) ||
    a.id - b.id
  );
}

/** Groups alarms closer than `radius` pixels to a graver one. */
export function groupAlarms<A extends PlacedAlarm>(alarms: readonly A[], radius: number): AlarmGroup<A>[] {
  return gather([...alarms].sort(byGravity), radius).map(({ lead, members }) => ({
    lead,
    members,
    unacknowledged: members.filter((alarm) => !alarm.acknowledged).length,
  }));
}
