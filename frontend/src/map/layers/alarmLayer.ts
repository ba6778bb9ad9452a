/** Open alarms: above everything, grouped only with one another and only where they would overlap. */
import { type Alarm, SEVERITIES, type Severity } from "@/feed/types";
import { isAnnunciated } from "@/state/silence";

import { type AlarmGroup, byGravity, groupAlarms, type PlacedAlarm } from "../alarmGroups";
import type { Bounds } from "../clustering";
import type { Projection } from "../crs";
import { isEmpty, reconcile } from "../diff";
import type { LngLat } from "../gcj02";
import { MarkerPane, type MarkerSpec } from "../markerPane";
import { toWorld, type WorldPoint } from "../mercator";
import type { Words } from "../words";
import { ALARM_PX, alarmSpec, pulseSpec } from "./looks";
import { SpecCache } from "./specs";

/** All alarms at exactly one place, most often of one device. */
class Site {
  private readonly byId = new Map<number, Alarm>();
  private sorted: readonly Alarm[] | null = null;
  unacknowledged = 0;
  active = 0;
  /** When it last changed, by a count of changes. */
  stamp = 0;

  constructor(
    readonly key: string,
    readonly at: LngLat,
    readonly world: WorldPoint,
  ) {}

  get size(): number {
    return this.byId.size;
  }

  /** The gravest first. */
  get alarms(): readonly Alarm[] {
    this.sorted ??= [...this.byId.values()].sort((a, b) => byGravity(gravityOf(a), gravityOf(b)));
    return this.sorted;
  }

  put(alarm: Alarm, stamp: number): void {
    this.remove(alarm.id, stamp);
    this.byId.set(alarm.id, alarm);
    this.count(alarm, 1);
  }

  remove(id: number, stamp: number): void {
    const before = this.byId.get(id);
    this.stamp = stamp;
    this.sorted = null;
    if (before === undefined) return;
    this.byId.delete(id);
    this.count(before, -1);
  }

  private count(alarm: Alarm, by: 1 | -1): void {
    if (!alarm.acknowledged && isAnnunciated(alarm)) this.unacknowledged += by;
    if (alarm.active) this.active += by;
  }
}

function gravityOf({ id, severity, acknowledged, raised_at }: Alarm): PlacedAlarm {
  return { id, severity, acknowledged, raisedAt: raised_at, x: 0, y: 0 };
}
export interface Standing {
  readonly world: WorldPoint;
  readonly severity: Severity;
}
interface Member extends PlacedAlarm {
  readonly site: Site;
}
type Group = AlarmGroup<Member>;

/** Shapes stand clear of one another, and of the number beside a group. */
const GROUP_RADIUS_PX = ALARM_PX + 6;

/** Ids that a group's marker carries at most. */
const MOST_IDS = 300;

/** More rings than this would be noise, and the gravest come first anyway. */
const MOST_PULSES = 60;

export class AlarmLayer {
  private readonly pane: MarkerPane;
  /**
   * Pulses are animated by the compositor, and whatever is painted above an animated element becomes a layer to compose
   * too. Under all alarms, in a pane of their own, they cost one layer each instead of two for every marker in reach.
   */
  private readonly pulses: MarkerPane;
  private readonly known = new Map<number, Alarm>();
  /** Where each alarm that has a place stands, and what stands at each place. */
  private readonly places = new Map<number, Site>();
  private readonly sites = new Map<string, Site>();
  /** How many alarms of each severity a device has. */
  private readonly devices = new Map<string, [number, number, number, number, number]>();
  private changes = 0;
  private readonly cache = new SpecCache();
  private groups: Group[] = [];
  private groupedAt: number | null = null;
  private visible = true;
  private selected: number | null = null;

  constructor(
    map: L.Map,
    private projection: Projection,
    private words: Words,
  ) {
    this.pulses = new MarkerPane(map, "pulses", 640);
    this.pane = new MarkerPane(map, "alarms", 650);
    map.on("movestart zoomstart", () => this.pulses.pane.classList.add("lm-still"));
    map.on("moveend", () => this.pulses.pane.classList.remove("lm-still"));
  }

  /** True if anything changed. */
  setAlarms(alarms: readonly Alarm[]): boolean {
    const diff = reconcile(this.known, alarms, (alarm) => alarm.id);
    const { added, changed, removed } = diff;
    if (isEmpty(diff)) return false;
    this.changes += 1;
    for (const alarm of removed) this.forget(alarm);
    for (const [before, after] of changed) {
      this.forget(before);
      this.locate(after);
    }
    for (const alarm of added) this.locate(alarm);
    this.groupedAt = null;
    return true;
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
  }

  setSelected(id: number | null): void {
    this.selected = id;
  }

  setProjection(projection: Projection): void {
    this.projection = projection;
    this.changes += 1;
    for (const alarm of this.known.values()) this.forget(alarm);
    for (const alarm of this.known.values()) this.locate(alarm);
    this.groupedAt = null;
    this.cache.clear();
  }

  setWords(words: Words): void {
    this.words = words;
    this.cache.clear();
  }

  /** The gravest open severity of each device. */
  severities(): Map<string, Severity> {
    const worst = new Map<string, Severity>();
    for (const [device, counts] of this.devices) {
      const gravest = SEVERITIES.find((severity) => counts[severity] > 0);
      if (gravest !== undefined) worst.set(device, gravest);
    }
    return worst;
  }

  /** Alarms that have no position and so are in the queue only. */
  get unplaced(): number {
    return this.known.size - this.places.size;
  }

  alarm(id: number): Alarm | null {
    return this.known.get(id) ?? null;
  }

  place(id: number): LngLat | null {
    return this.places.get(id)?.at ?? null;
  }

  /** What was drawn last: where a marker stands and the gravest severity it shows. */
  standing: readonly Standing[] = [];

  /** World pixels at zoom 0 of every marker, for labels to keep clear of. */
  markers(): WorldPoint[] {
    return this.visible ? this.groups.map(({ lead }) => lead.site.world) : [];
  }

  draw([west, south, east, north]: Bounds, zoom: number): void {
    if (this.groupedAt !== zoom) this.regroup(zoom);
    const specs: MarkerSpec[] = [];
    const pulses: MarkerSpec[] = [];
    const inView = this.groups.filter(({ lead: { site } }) => {
      const [lng, lat] = site.at;
      return lng >= west && lng <= east && lat >= south && lat <= north;
    });
    this.standing = this.visible
      ? inView.map(({ lead }) => ({ world: lead.site.world, severity: lead.severity }))
      : [];
    for (const group of this.visible ? inView : []) {
      const { lead, members } = group;
      const [first] = lead.site.alarms;
      if (first === undefined) continue;
      const selected = this.selected !== null && members.some(({ site }) => site === this.places.get(this.selected ?? 0));
      let [count, unacknowledged, active, stamp] = [0, 0, 0, 0];
      for (const { site } of members) {
        count += site.size;
        unacknowledged += site.unacknowledged;
        active += site.active;
        stamp = Math.max(stamp, site.stamp);
      }
      const focusable = specs.length === 0;
      const key = `a${lead.id}`;
      if (unacknowledged > 0 && pulses.length < MOST_PULSES) {
        const { at } = lead.site;
        const pulse = `p${lead.id}`;
        pulses.push(this.cache.get(pulse, [at, lead.severity], () => pulseSpec(pulse, at, lead.severity)));
      }
      specs.push(
        this.cache.get(key, [selected, focusable, members.length, count, stamp, first], () =>
          alarmSpec(
            key,
            lead.site.at,
            { lead: first, ids: someIds(members), count, active, unacknowledged, selected, focusable },
            this.words,
          ),
        ),
      );
    }
    this.pulses.draw(pulses);
    this.pane.draw(specs);
    this.cache.prune([...specs, ...pulses]);
  }

  /** Markers of the members, for when their group is spread out. */
  memberSpecs(ids: readonly number[]): MarkerSpec[] {
    return ids.flatMap((id): MarkerSpec[] => {
      const [alarm, at] = [this.known.get(id), this.places.get(id)?.at];
      if (alarm === undefined || at === undefined) return [];
      const unacknowledged = alarm.acknowledged || !isAnnunciated(alarm) ? 0 : 1;
      const look = {
        lead: alarm,
        ids: [id],
        count: 1,
        active: alarm.active ? 1 : 0,
        unacknowledged,
        selected: id === this.selected,
        focusable: true,
      };
      return [alarmSpec(`s${id}`, at, look, this.words)];
    });
  }

  private regroup(zoom: number): void {
    const scale = 2 ** zoom;
    const members: Member[] = [];
    for (const site of this.sites.values()) {
      const [lead] = site.alarms;
      if (lead === undefined) continue;
      members.push({ ...gravityOf(lead), x: site.world[0] * scale, y: site.world[1] * scale, site });
    }
    this.groups = groupAlarms(members, GROUP_RADIUS_PX);
    this.groupedAt = zoom;
  }

  private locate(alarm: Alarm): void {
    this.countAt(alarm, 1);
    if (alarm.lng === null || alarm.lat === null) return;
    const key = `${String(alarm.lng)} ${String(alarm.lat)}`;
    let site = this.sites.get(key);
    if (site === undefined) {
      const at = this.projection.toMap([alarm.lng, alarm.lat]);
      this.sites.set(key, (site = new Site(key, at, toWorld(at))));
    }
    site.put(alarm, this.changes);
    this.places.set(alarm.id, site);
  }

  private forget(alarm: Alarm): void {
    this.countAt(alarm, -1);
    const site = this.places.get(alarm.id);
    if (site === undefined) return;
    this.places.delete(alarm.id);
    site.remove(alarm.id, this.changes);
    if (site.size === 0) this.sites.delete(site.key);
  }

  private countAt({ device_id, severity }: Alarm, by: 1 | -1): void {
    const counts = this.devices.get(device_id) ?? [0, 0, 0, 0, 0];
    counts[severity] += by;
    if (counts.some((count) => count > 0)) this.devices.set(device_id, counts);
    else this.devices.delete(device_id);
  }
}

/** Of a crowd the gravest: more than that nobody takes apart on a map. */
function someIds(members: readonly Member[]): readonly number[] {
  const ids: number[] = [];
  for (const { site } of members) {
    for (const { id } of site.alarms) if (ids.push(id) >= MOST_IDS) return ids;
  }
  return ids;
}
