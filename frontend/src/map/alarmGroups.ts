/**
 * Which alarms share a marker: only those that would cover one another at this zoom.
 *
 * Works in world pixels (not screen pixels), so panning never regroups, and takes the gravest first, so that a group
 * stands where its gravest member is and does not wander when lesser alarms come and go.
 */
import type { Severity } from "@/feed/types";

export interface PlacedAlarm {
  readonly id: number;
  readonly severity: Severity;
  readonly acknowledged: boolean;
  readonly raisedAt: string;
  /** World pixels at the zoom in question. */
  readonly x: number;
  readonly y: number;
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

/** Groups alarms closer than `radius` pixels to a graver one. Linear: a grid of cells finds the neighbours. */
export function groupAlarms<A extends PlacedAlarm>(alarms: readonly A[], radius: number): AlarmGroup<A>[] {
  const groups: { lead: A; members: A[] }[] = [];
  const cells = new Map<string, { lead: A; members: A[] }[]>();
  const cell = (value: number): number => Math.floor(value / radius);

  for (const alarm of [...alarms].sort(byGravity)) {
    const [column, row] = [cell(alarm.x), cell(alarm.y)];
    let nearest: { lead: A; members: A[] } | null = null;
    let nearestDistance = radius;
    for (let dx = -1; dx <= 1; dx++) {
      for (let dy = -1; dy <= 1; dy++) {
        for (const group of cells.get(`${column + dx}:${row + dy}`) ?? []) {
          const distance = Math.hypot(group.lead.x - alarm.x, group.lead.y - alarm.y);
          if (distance < nearestDistance) [nearest, nearestDistance] = [group, distance];
        }
      }
    }
    if (nearest !== null) {
      nearest.members.push(alarm);
      continue;
    }
    const group = { lead: alarm, members: [alarm] };
    groups.push(group);
    const key = `${column}:${row}`;
    const inCell = cells.get(key);
    if (inCell === undefined) cells.set(key, [group]);
    else inCell.push(group);
  }
  return groups.map(({ lead, members }) => ({
    lead,
    members,
    unacknowledged: members.filter((alarm) => !alarm.acknowledged).length,
  }));
}
