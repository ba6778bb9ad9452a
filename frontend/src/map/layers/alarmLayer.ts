/** Open alarms: above everything, grouped only with one another and only where they would overlap. */
import type { Alarm, Severity } from "@/feed/types";

import { groupAlarms, type AlarmGroup, type PlacedAlarm } from "../alarmGroups";
import type { Bounds } from "../clustering";
import type { Projection } from "../crs";
import { isEmpty, reconcile } from "../diff";
import type { LngLat } from "../gcj02";
import { MarkerPane, type MarkerSpec } from "../markerPane";
import { toWorld, type WorldPoint } from "../mercator";
import type { Words } from "../words";
import { ALARM_PX, alarmSpec, pulseSpec } from "./looks";
import { SpecCache } from "./specs";

interface Placement {
  readonly alarm: Alarm;
  readonly at: LngLat;
  readonly world: WorldPoint;
}
export interface Standing {
  readonly world: WorldPoint;
  readonly severity: Severity;
}
interface Member extends PlacedAlarm {
  readonly placement: Placement;
}
type Group = AlarmGroup<Member>;

/** Shapes stand clear of one another, and of the number beside a group. */
const GROUP_RADIUS_PX = ALARM_PX + 6;

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
  private readonly placements = new Map<number, Placement>();
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
    for (const alarm of removed) this.placements.delete(alarm.id);
    for (const alarm of added) this.locate(alarm);
    for (const [, after] of changed) this.locate(after);
    if (isEmpty(diff)) return false;
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
    this.placements.clear();
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
    for (const alarm of this.known.values()) {
      const known = worst.get(alarm.device_id);
      if (known === undefined || alarm.severity < known) worst.set(alarm.device_id, alarm.severity);
    }
    return worst;
  }

  /** Alarms that have no position and so are in the queue only. */
  get unplaced(): number {
    return this.known.size - this.placements.size;
  }

  alarm(id: number): Alarm | null {
    return this.known.get(id) ?? null;
  }

  place(id: number): LngLat | null {
    return this.placements.get(id)?.at ?? null;
  }

  /** What was drawn last: where a marker stands and the gravest severity it shows. */
  standing: readonly Standing[] = [];

  /** World pixels at zoom 0 of every marker, for labels to keep clear of. */
  markers(): WorldPoint[] {
    return this.visible ? this.groups.map(({ lead }) => lead.placement.world) : [];
  }

  draw([west, south, east, north]: Bounds, zoom: number): void {
    if (this.groupedAt !== zoom) this.regroup(zoom);
    const specs: MarkerSpec[] = [];
    const pulses: MarkerSpec[] = [];
    const inView = this.groups.filter(({ lead: { placement } }) => {
      const [lng, lat] = placement.at;
      return lng >= west && lng <= east && lat >= south && lat <= north;
    });
    this.standing = this.visible
      ? inView.map(({ lead }) => ({ world: lead.placement.world, severity: lead.severity }))
      : [];
    for (const group of this.visible ? inView : []) {
      const { lead, members, unacknowledged } = group;
      const alarms = members.map(({ placement }) => placement.alarm);
      const selected = alarms.some((alarm) => alarm.id === this.selected);
      const focusable = specs.length === 0;
      const key = `a${lead.id}`;
      if (unacknowledged > 0 && pulses.length < MOST_PULSES) {
        const { at } = lead.placement;
        const pulse = `p${lead.id}`;
        pulses.push(this.cache.get(pulse, [at, lead.severity], () => pulseSpec(pulse, at, lead.severity)));
      }
      specs.push(
        this.cache.get(key, [selected, focusable, members.length, ...alarms], () =>
          alarmSpec(
            key,
            lead.placement.at,
            { lead: lead.placement.alarm, members: alarms, unacknowledged, selected, focusable },
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
      const placement = this.placements.get(id);
      if (placement === undefined) return [];
      const { alarm, at } = placement;
      const unacknowledged = alarm.acknowledged ? 0 : 1;
      const look = {
        lead: alarm,
        members: [alarm],
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
    for (const placement of this.placements.values()) {
      const { alarm, world } = placement;
      members.push({
        id: alarm.id,
        severity: alarm.severity,
        acknowledged: alarm.acknowledged,
        raisedAt: alarm.raised_at,
        x: world[0] * scale,
        y: world[1] * scale,
        placement,
      });
    }
    this.groups = groupAlarms(members, GROUP_RADIUS_PX);
    this.groupedAt = zoom;
  }

  private locate(alarm: Alarm): void {
    if (alarm.lng === null || alarm.lat === null) {
      this.placements.delete(alarm.id);
      return;
    }
    const at = this.projection.toMap([alarm.lng, alarm.lat]);
    this.placements.set(alarm.id, { alarm, at, world: toWorld(at) });
  }
}
