import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeAlarm } from "@/feed/feed.test-support";
import { type Alarm, SEVERITIES } from "@/feed/types";
import { areaBelow } from "./area";
import { type Arrangement, Entries, type Entry, isBundled, isGroup } from "./entries";
import { EVERYTHING, matches, QUEUE_SORTS } from "./filter";
import { free, Held, hold } from "./hold";

const VILLAGES = ["640181100001", "640181100002", "640181101001", "640181102001"];
const flat: Arrangement = { filter: EVERYTHING, sort: "priority", scope: null, areaOf: null };
const folded: Arrangement = { ...flat, areaOf: areaBelow(null) };

const anAlarm: fc.Arbitrary<Alarm> = fc
  .record({
    id: fc.integer({ min: 1, max: 30 }),
    severity: fc.constantFrom(...SEVERITIES),
    condition: fc.constantFrom("smoke", "tamper"),
    code: fc.constantFrom(...VILLAGES),
    acknowledged: fc.boolean(),
    minute: fc.integer({ min: 10, max: 59 }),
    group: fc.constantFrom(null, null, null, 1, 2),
  })
  .map(({ minute, group, ...facts }) =>
    makeAlarm({
      ...facts,
      raised_at: `2026-11-22T00:${String(minute)}:00.000Z`,
      group: group === null ? null : { id: group, rule: "r", name: "", severity: 1 },
    }),
  );
type Step = { readonly is: Alarm } | { readonly gone: number } | { readonly linger: readonly number[] };
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: anAlarm.map((is): Step => ({ is })) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 30 }).map((gone): Step => ({ gone })) },
    { weight: 1, arbitrary: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 4 }).map((linger): Step => ({ linger })) },
  ),
  { maxLength: 60 },
);
const arrangements = fc.record({
  filter: fc.constantFrom(EVERYTHING, { ...EVERYTHING, state: "unacknowledged" as const }),
  sort: fc.constantFrom(...QUEUE_SORTS),
  scope: fc.constant(null),
  areaOf: fc.constantFrom(null, areaBelow(null), areaBelow("640181100")),
});

/** Everything listed below a bundle too. */
function opened(entries: Entries): readonly Entry[] {
  const keys = entries.rows(new Set()).flatMap(({ id }) => entries.keyOf(id) ?? []);
  return entries.rows(new Set(keys));
}

describe("the entries of the queue", () => {
  it("have every alarm in exactly one place, and counts that add up", () => {
    fc.assert(
      fc.property(arrangements, steps, (arrangement, taken) => {
        const entries = new Entries(arrangement, []);
        const known = new Map<number, Alarm>();
        let lingering = new Set<number>();
        for (const step of taken) {
          if ("linger" in step) {
            lingering = new Set(step.linger);
            entries.linger(lingering, (id) => known.get(id));
            continue;
          }
          const is = "is" in step ? step.is : undefined;
          const id = "is" in step ? step.is.id : step.gone;
          entries.change(known.get(id), is);
          if (is === undefined) known.delete(id);
          else known.set(id, is);
        }
        const wanted = [...known.values()]
          .filter((alarm) => matches(lingering.has(alarm.id) ? { ...alarm, acknowledged: false } : alarm, arrangement.filter))
          .map(({ id }) => id)
          .sort((a, b) => a - b);
        const rows = opened(entries);
        const listed = rows.filter((row) => !isBundled(row)).map(({ id }) => id);
        expect([...listed].sort((a, b) => a - b)).toEqual(wanted);
        expect(entries.total).toBe(wanted.length);
        const sizes = entries.rows(new Set()).reduce((sum, row) => sum + (isBundled(row) ? row.size : 1), 0);
        expect(sizes).toBe(wanted.length);
        for (const row of rows.filter(isBundled)) {
          const members = entries.members(row.id);
          expect(members.every((alarm) => alarm === known.get(alarm.id))).toBe(true);
          expect(row.counts.reduce((sum, count) => sum + count)).toBe(row.size);
          expect(row.unacknowledged).toBe(members.filter((alarm) => !alarm.acknowledged).length);
          expect(row.raised_at).toBe(members.map((alarm) => alarm.raised_at).sort().at(-1));
        }
        // And it is what one would make of it at once.
        const anew = new Entries(arrangement, known.values(), lingering);
        const shape = (all: readonly Entry[]): readonly string[] =>
          all.map((row) => (isGroup(row) ? `g${String(row.mark.id)}` : isBundled(row) ? `${row.area}${row.condition}` : String(row.id)));
        expect(shape(rows)).toEqual(shape(opened(anew)));
      }),
    );
  });

  it("tell a held list what changed, and it is as if it had been held anew from all of them", () => {
    fc.assert(
      fc.property(arrangements, fc.array(anAlarm, { maxLength: 20 }), steps, fc.integer({ min: 1, max: 4 }), (arrangement, first, taken, every) => {
        const known = new Map(first.map((alarm) => [alarm.id, alarm]));
        const entries = new Entries(arrangement, known.values());
        const keys = new Set(entries.rows(new Set()).flatMap(({ id }) => entries.keyOf(id) ?? []).slice(0, 2));
        const latest = (id: number): Alarm | undefined => known.get(id);
        let anew = free(entries.rows(keys));
        const held = new Held<Entry>(anew);
        taken.forEach((step, number) => {
          if ("linger" in step) entries.linger(new Set(step.linger), latest);
          else {
            const id = "is" in step ? step.is.id : step.gone;
            const is = "is" in step ? step.is : undefined;
            entries.change(known.get(id), is);
            if (is === undefined) known.delete(id);
            else known.set(id, is);
          }
          if (number % every > 0) return;
          entries.changes(keys, (id, entry) => { held.change(id, entry, latest); });
          const list = held.list();
          anew = hold(anew, entries.rows(keys), latest);
          expect(list.rows).toEqual(anew.rows);
          expect(list.ids).toEqual(anew.rows.map(({ id }) => id));
          expect([...list.gone].sort()).toEqual([...anew.gone].sort());
          expect(list.waiting).toBe(anew.waiting);
        });
      }),
    );
  });

  it("keep unacknowledged red alarms on top, unfolded, in a flood", () => {
    const red = makeAlarm({ id: 1, severity: 1 });
    const seen = makeAlarm({ id: 2, severity: 1, acknowledged: true });
    const rows = new Entries(folded, [makeAlarm({ id: 3, severity: 2 }), seen, red]).rows(new Set());
    expect(rows[0]).toBe(red);
    expect(rows.slice(1).every(isBundled)).toBe(true);
  });

  it("list groups of one moment in one order, whichever this page met first", () => {
    const of = (id: number): Alarm => makeAlarm({ id, group: { id, rule: "r", name: "", severity: 1 } });
    const marks = (...alarms: readonly Alarm[]): readonly number[] =>
      new Entries(flat, alarms).rows(new Set()).filter(isGroup).map(({ mark }) => mark.id);
    expect(marks(of(2), of(1))).toEqual(marks(of(1), of(2)));
  });

  it("fold by the level below what is looked at", () => {
    expect(areaBelow(null)("640181100001")).toBe("640181100");
    expect(areaBelow("640181100")("640181100001")).toBe("640181100001");
    expect(areaBelow("640181100001")("640181100001")).toBe("640181100001");
  });

  it("keep a fold the same row when all that is in it changes at once", () => {
    const alarms = [1, 2].map((id) => makeAlarm({ id, severity: 3, acknowledged: false }));
    const entries = new Entries(folded, alarms);
    const [before] = entries.rows(new Set());
    const seen = alarms.map((alarm) => ({ ...alarm, acknowledged: true }));
    alarms.forEach((alarm, index) => { entries.change(alarm, seen[index]); });
    entries.linger(new Set([1, 2]), (id) => seen[id - 1]);
    entries.linger(new Set(), (id) => seen[id - 1]);
    const after = entries.rows(new Set());
    expect(after.map((row) => [row.id, isBundled(row) && row.unacknowledged])).toEqual([[before?.id, 0]]);
    seen.forEach((alarm) => { entries.change(alarm, undefined); });
    expect(entries.rows(new Set())).toEqual([]);
  });

  it("put a grouped alarm where its severity belongs, and its members inside", () => {
    const group = { id: 9, rule: "smoke_panic", name: "", severity: 1 as const };
    const members = [makeAlarm({ id: 1, group, severity: 2 }), makeAlarm({ id: 2, group, severity: 3 })];
    const entries = new Entries(flat, [...members, makeAlarm({ id: 3, severity: 2 })]);
    const [first, second] = entries.rows(new Set());
    expect([first !== undefined && isGroup(first), first?.severity, second?.id]).toEqual([true, 1, 3]);
    expect(opened(entries).map(({ id }) => id)).toEqual([first?.id, 1, 2, 3]);
  });
});
