import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { groupAlarms, type PlacedAlarm } from "./alarmGroups";
import type { Severity } from "@/feed/types";

const RADIUS = 28;

function alarm(id: number, x: number, y: number, over: Partial<PlacedAlarm> = {}): PlacedAlarm {
  return { id, x, y, severity: 3, acknowledged: false, raisedAt: "2026-11-22T01:00:00.000Z", ...over };
}

describe("groupAlarms", () => {
  it("leaves apart what does not overlap", () => {
    expect(groupAlarms([alarm(1, 0, 0), alarm(2, RADIUS, 0)], RADIUS)).toHaveLength(2);
  });

  it("lets the gravest lead", () => {
    const [group, ...rest] = groupAlarms(
      [alarm(1, 0, 0), alarm(2, 5, 0, { severity: 1, acknowledged: true }), alarm(3, 3, 3, { severity: 2 })],
      RADIUS,
    );
    expect(rest).toEqual([]);
    expect(group?.lead.id).toBe(2);
    expect(group?.members.map((member) => member.id)).toEqual([2, 3, 1]);
    expect(group?.unacknowledged).toBe(2);
  });

  it("of equals lets the unacknowledged lead, then the newest", () => {
    const [group] = groupAlarms(
      [
        alarm(1, 0, 0, { acknowledged: true, raisedAt: "2026-11-22T03:00:00.000Z" }),
        alarm(2, 0, 0, { raisedAt: "2026-11-22T01:00:00.000Z" }),
        alarm(3, 0, 0, { raisedAt: "2026-11-22T02:00:00.000Z" }),
      ],
      RADIUS,
    );
    expect(group?.members.map((member) => member.id)).toEqual([3, 2, 1]);
  });

  const alarms = fc.uniqueArray(
    fc.record({
      id: fc.nat(500),
      x: fc.integer({ min: -300, max: 300 }),
      y: fc.integer({ min: -300, max: 300 }),
      severity: fc.constantFrom<Severity>(1, 2, 3, 4),
      acknowledged: fc.boolean(),
      raisedAt: fc.constantFrom("2026-11-22T01:00:00.000Z", "2026-11-22T02:00:00.000Z"),
    }),
    { selector: (item) => item.id, maxLength: 60 },
  );

  it("keeps every alarm exactly once, and leads never overlap", () => {
    fc.assert(
      fc.property(alarms, (list) => {
        const groups = groupAlarms(list, RADIUS);
        expect(groups.flatMap((group) => group.members.map((member) => member.id)).sort()).toEqual(
          list.map((item) => item.id).sort(),
        );
        for (const [index, one] of groups.entries()) {
          for (const other of groups.slice(index + 1)) {
            expect(Math.hypot(one.lead.x - other.lead.x, one.lead.y - other.lead.y)).toBeGreaterThanOrEqual(
              RADIUS,
            );
          }
          expect(Math.min(...one.members.map((member) => member.severity))).toBe(one.lead.severity);
        }
      }),
    );
  });

  it("does not depend on the order of arrival or on where the screen is", () => {
    fc.assert(
      fc.property(alarms, fc.integer({ min: -5, max: 5 }), (list, shift) => {
        const ids = (input: readonly PlacedAlarm[]): string[] =>
          groupAlarms(input, RADIUS)
            .map((group) => group.members.map((member) => member.id).join(" "))
            .sort();
        expect(ids([...list].reverse())).toEqual(ids(list));
        expect(ids(list.map((item) => ({ ...item, x: item.x + shift * RADIUS })))).toEqual(ids(list));
      }),
    );
  });
});
