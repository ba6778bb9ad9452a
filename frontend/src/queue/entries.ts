/**
 * What stands in the queue: alarms, grouped alarms (several devices, one event), and in a flood folds of area and
 * condition. Pure but for its memory: told what changed, it changes that, and never looks at all alarms again.
 *
 * Every alarm that the filter lets through is in exactly one place: its group, the top, a fold, or the flat list.
 */
import { type Alarm, type AlarmGroupMark, type JurisdictionCode, SEVERITIES, type Severity } from "@/feed/types";
import { matches, ORDERS, type QueueFilter, type QueueSort } from "./filter";
import { firstFrom, SortedList } from "./sorted";

/** Counts by severity, 1 to 4; index 0 is not used. */
export type Counts = readonly [number, number, number, number, number];

interface Gathered {
  /** Below zero: no alarm has such an id. */
  readonly id: number;
  readonly size: number;
  readonly counts: Counts;
  readonly severity: Severity;
  readonly unacknowledged: number;
  readonly active: number;
  readonly acknowledged: boolean;
  /** When the newest member was raised. */
  readonly raised_at: string;
  readonly open: boolean;
}
/** Several devices at one site: one event. `lead`: its gravest member. */
export interface GroupEntry extends Gathered {
  readonly mark: AlarmGroupMark;
  readonly lead: Alarm;
}
/** What is of one condition in one area. */
export interface FoldEntry extends Gathered {
  readonly area: JurisdictionCode;
  readonly condition: string;
  /** One of them, for what its condition is called. */
  readonly sample: Alarm;
}
export type Bundled = GroupEntry | FoldEntry;
/** Alarms stand for themselves: a wrapper for each of 60,000 would be most of the work. */
export type Entry = Alarm | Bundled;

export function isBundled(entry: Entry): entry is Bundled {
  return "counts" in entry;
}

export function isGroup(entry: Entry): entry is GroupEntry {
  return "mark" in entry;
}

export interface Arrangement {
  /** The account that looks. */
  readonly me?: number | null;
  readonly filter: QueueFilter;
  readonly sort: QueueSort;
  /** The area that an alarm is folded by; null: nothing is folded. */
  /** What is looked at: only what makes this another arrangement. */
  readonly scope: JurisdictionCode | null;
  readonly areaOf: ((code: JurisdictionCode) => JurisdictionCode) | null;
}

interface Sortable {
  readonly id: number;
  readonly severity: Severity;
  readonly acknowledged: boolean;
  readonly raised_at: string;
}

/** A group or a fold while it changes; `shown` is what it looked like last, made anew only when it did change. */
class Bundle {
  private readonly alarms = new Map<number, Alarm>();
  private readonly counts: [number, number, number, number, number] = [0, 0, 0, 0, 0];
  private unacknowledged = 0;
  private active = 0;
  /** Empty: to be looked for, since the newest has left. */
  private newest = "";
  private sample: Alarm | null = null;
  /** In order, once somebody has asked for them. */
  private sorted: SortedList<Alarm> | null = null;
  private shown: Bundled | null = null;

  constructor(
    readonly id: number,
    readonly key: string,
    private readonly area: JurisdictionCode,
    private readonly condition: string,
  ) {}

  get size(): number {
    return this.alarms.size;
  }

  add(alarm: Alarm): void {
    this.alarms.set(alarm.id, alarm);
    this.sorted?.add(alarm);
    this.count(alarm, 1);
    if (this.newest !== "" || this.alarms.size === 1) {
      this.newest = alarm.raised_at > this.newest ? alarm.raised_at : this.newest;
    }
    this.sample = alarm;
  }

  remove(id: number): void {
    const alarm = this.alarms.get(id);
    if (alarm === undefined) return;
    this.alarms.delete(id);
    this.sorted?.remove(alarm);
    this.count(alarm, -1);
    if (alarm.raised_at === this.newest) this.newest = "";
  }

  members(): readonly Alarm[] {
    this.sorted ??= new SortedList(ORDERS.priority, this.alarms.values());
    return this.sorted.view();
  }

  entry(open: boolean): Bundled | null {
    const { sample } = this;
    if (sample === null) return null;
    if (this.shown?.open === open) return this.shown;
    const gravest = SEVERITIES.find((severity) => this.counts[severity] > 0) ?? 4;
    const common = {
      id: this.id,
      size: this.alarms.size,
      counts: [...this.counts] as Counts,
      unacknowledged: this.unacknowledged,
      active: this.active,
      acknowledged: this.unacknowledged === 0,
      raised_at: this.latest(),
      open,
    };
    const mark = this.condition === "" ? sample.group : null;
    this.shown =
      mark === null
        ? { ...common, area: this.area, condition: this.condition, sample, severity: gravest }
        : { ...common, mark, lead: this.members()[0] ?? sample, severity: mark.severity };
    return this.shown;
  }

  private latest(): string {
    if (this.newest === "") for (const { raised_at } of this.alarms.values()) if (raised_at > this.newest) this.newest = raised_at;
    return this.newest;
  }

  private count(alarm: Alarm, by: 1 | -1): void {
    this.counts[alarm.severity] += by;
    if (!alarm.acknowledged) this.unacknowledged += by;
    if (alarm.active) this.active += by;
    this.shown = null;
  }
}

/** Gravest first; of equals what wants an acknowledgement; then by place and name, so that nothing jumps. */
function byGravity(a: FoldEntry, b: FoldEntry): number {
  return (
    a.severity - b.severity ||
    Number(a.acknowledged) - Number(b.acknowledged) ||
    (a.area < b.area ? -1 : a.area > b.area ? 1 : a.condition < b.condition ? -1 : a.condition > b.condition ? 1 : 0)
  );
}

export class Entries {
  private readonly list: SortedList<Alarm>;
  private readonly order: (a: Sortable, b: Sortable) => number;
  /** Where each alarm that is shown stands: in a bundle, or (null) by itself. */
  private readonly places = new Map<number, Bundle | null>();
  private readonly bundles = new Map<string, Bundle>();
  private readonly byId = new Map<number, Bundle>();
  /** Just acknowledged, and kept for a moment where they were. */
  private lingering: ReadonlySet<number> = new Set();
  private next = -1;
  /** What was changed since somebody last looked. */
  private touched = new Map<number, Alarm | undefined>();
  private touchedBundles = new Set<Bundle>();

  constructor(
    readonly arrangement: Arrangement,
    alarms: Iterable<Alarm>,
    lingering: ReadonlySet<number> = new Set(),
  ) {
    this.lingering = lingering;
    const flat: Alarm[] = [];
    for (const alarm of alarms) this.put(alarm, (one) => flat.push(one));
    this.order = ORDERS[arrangement.areaOf === null ? arrangement.sort : "priority"];
    this.list = new SortedList((a, b) => this.order(this.placed(a), this.placed(b)), flat);
    this.forgetTouched();
  }

  /** How many alarms are shown, wherever they stand. */
  get total(): number {
    return this.places.size;
  }

  change(was: Alarm | undefined, is: Alarm | undefined): void {
    if (was !== undefined) this.take(was);
    if (is !== undefined) this.put(is, (alarm) => { this.list.add(alarm); });
  }

  /** `alarmOf`: as they are now. */
  linger(lingering: ReadonlySet<number>, alarmOf: (id: number) => Alarm | undefined): void {
    const moved = [...lingering, ...this.lingering].filter((id) => lingering.has(id) !== this.lingering.has(id));
    const alarms = moved.flatMap((id) => alarmOf(id) ?? []);
    for (const alarm of alarms) this.take(alarm);
    this.lingering = lingering;
    for (const alarm of alarms) this.put(alarm, (one) => { this.list.add(one); });
  }

  /** The members of a group or fold, the gravest first; empty for what is none. */
  members(id: number): readonly Alarm[] {
    return this.byId.get(id)?.members().slice() ?? [];
  }

  /** Whether an alarm stands inside another entry. */
  isInside(id: number): boolean {
    return (this.places.get(id) ?? null) !== null;
  }

  /** What a group or fold is called from one look to the next; null for what is none. */
  keyOf(id: number): string | null {
    return this.byId.get(id)?.key ?? null;
  }

  /** `opened`: the keys of those whose members are listed. */
  rows(opened: ReadonlySet<string>): readonly Entry[] {
    this.forgetTouched();
    const groups: GroupEntry[] = [];
    const folds: FoldEntry[] = [];
    for (const bundle of this.bundles.values()) {
      const entry = bundle.entry(opened.has(bundle.key));
      if (entry === null) continue;
      if (isGroup(entry)) groups.push(entry);
      else folds.push(entry);
    }
    const alone = this.list.view();
    if (groups.length === 0 && folds.length === 0) return alone.slice();
    const rows: Entry[] = [];
    const push = (entry: Bundled): void => {
      rows.push(entry);
      if (entry.open) for (const member of this.byId.get(entry.id)?.members() ?? []) rows.push(member);
    };
    const order: (a: Sortable, b: Sortable) => number = this.order;
    // Of equals by their marks: an id here is this page's own, and everybody's queue is to read the same.
    const place = (group: GroupEntry): Sortable => ({ ...group, id: group.mark.id });
    let at = 0;
    for (const group of groups.sort((a, b) => order(place(a), place(b)))) {
      const end = firstFrom(alone, at, (alarm) => order(group, this.placed(alarm)) < 0);
      for (; at < end; at++) rows.push(alone[at] as Alarm);
      push(group);
    }
    for (; at < alone.length; at++) rows.push(alone[at] as Alarm);
    for (const fold of folds.sort(byGravity)) push(fold);
    return rows;
  }

  /** What is other than at the last look, in any order: as `rows` would list it now, undefined for what it would not. */
  changes(opened: ReadonlySet<string>, tell: (id: number, entry: Entry | undefined) => void): void {
    for (const [id, alarm] of this.touched) {
      const place = this.places.get(id);
      tell(id, place === null || (place !== undefined && opened.has(place.key)) ? alarm : undefined);
    }
    for (const bundle of this.touchedBundles) {
      tell(bundle.id, bundle.size === 0 ? undefined : (bundle.entry(opened.has(bundle.key)) ?? undefined));
    }
    this.forgetTouched();
  }

  /** An empty bundle goes only now: one whose members were all taken and put back is still the same. */
  private forgetTouched(): void {
    for (const bundle of this.touchedBundles) {
      if (bundle.size > 0) continue;
      this.bundles.delete(bundle.key);
      this.byId.delete(bundle.id);
    }
    this.touched = new Map();
    this.touchedBundles = new Set();
  }

  private placed(alarm: Alarm): Alarm {
    return this.lingering.has(alarm.id) && alarm.acknowledged ? { ...alarm, acknowledged: false } : alarm;
  }

  private put(alarm: Alarm, toList: (alarm: Alarm) => void): void {
    const placed = this.placed(alarm);
    this.touched.set(alarm.id, alarm);
    if (!matches(placed, this.arrangement.filter, this.arrangement.me ?? null)) return;
    const { areaOf } = this.arrangement;
    if (alarm.group !== null) this.bundle(`g${String(alarm.group.id)}`, "", "", alarm);
    else if (areaOf !== null && !(placed.severity === 1 && !placed.acknowledged)) {
      const area = areaOf(alarm.code);
      this.bundle(`${area} ${alarm.condition}`, area, alarm.condition, alarm);
    } else {
      this.places.set(alarm.id, null);
      toList(alarm);
    }
  }

  private bundle(key: string, area: JurisdictionCode, condition: string, alarm: Alarm): void {
    let bundle = this.bundles.get(key);
    if (bundle === undefined) {
      bundle = new Bundle(this.next--, key, area, condition);
      this.bundles.set(key, bundle);
      this.byId.set(bundle.id, bundle);
    }
    bundle.add(alarm);
    this.touchedBundles.add(bundle);
    this.places.set(alarm.id, bundle);
  }

  private take(alarm: Alarm): void {
    const place = this.places.get(alarm.id);
    if (place === undefined) return;
    this.places.delete(alarm.id);
    this.touched.set(alarm.id, undefined);
    if (place === null) {
      this.list.remove(alarm);
      return;
    }
    place.remove(alarm.id);
    this.touchedBundles.add(place);
  }
}
