/** Devices on the map: clusters and single markers of what lies in view. */
import type { Device, Severity } from "@/feed/types";

import { DeviceIndex, type Bounds, type ClusterPoint, type Tally } from "../clustering";
import type { Projection } from "../crs";
import { isEmpty, reconcile } from "../diff";
import type { LngLat } from "../gcj02";
import { MarkerPane, type MarkerSpec } from "../markerPane";
import { toWorld } from "../mercator";
import type { Words } from "../words";
import type { Standing } from "./alarmLayer";
import { ALARM_PX, clusterPx, clusterSixteenths, clusterSpec, deviceSpec } from "./looks";
import { SpecCache } from "./specs";

const RELOAD_EVERY_MS = 400;

/** An alarm that stands by the cluster says for itself how grave it is. */
function toldBy(
  alarms: readonly Standing[],
  at: LngLat,
  { total, worst }: Tally,
  zoom: number,
  factor: number,
): boolean {
  const [x, y] = toWorld(at);
  const reach = ((clusterPx(total) / 2 + ALARM_PX) * factor) / 2 ** zoom;
  return alarms.some(
    ({ world, severity }) =>
      worst !== null && severity <= worst && Math.hypot(world[0] - x, world[1] - y) <= reach,
  );
}

export class DeviceLayer {
  readonly pane: MarkerPane;
  private readonly known = new Map<string, Device>();
  private readonly places = new Map<string, LngLat>();
  private readonly index = new DeviceIndex();
  private readonly cache = new SpecCache();
  private severities: ReadonlyMap<string, Severity> = new Map();
  private hiddenKinds: ReadonlySet<string> = new Set();
  private visible = true;
  private selected: string | null = null;
  private readonly tallies = new Map<number, Tally>();
  /** The index no longer holds the right points: it is loaded again at once, or within a moment. */
  private stale: "no" | "soon" | "now" = "now";
  private loadedAt = 0;

  constructor(
    map: L.Map,
    private projection: Projection,
    private words: Words,
    /** Asks for a drawing after so many milliseconds. */
    private readonly later: (ms: number) => void,
  ) {
    this.pane = new MarkerPane(map, "devices", 610);
  }

  device(id: string): Device | null {
    return this.known.get(id) ?? null;
  }

  place(id: string): LngLat | null {
    return this.places.get(id) ?? null;
  }

  /** Brings the layer up to the feed's list; cheap when only statuses changed. True if anything did. */
  setDevices(devices: readonly Device[]): boolean {
    const diff = reconcile(this.known, devices, (device) => device.id);
    const { added, changed, removed } = diff;
    if (added.length > 0 || removed.length > 0) this.moved();
    for (const device of removed) this.places.delete(device.id);
    for (const device of added) this.locate(device);
    for (const [before, after] of changed) {
      if (before.lat !== after.lat || before.lng !== after.lng || before.kind !== after.kind) {
        this.locate(after);
        this.moved();
      } else {
        this.index.setStatus(after.id, after.status);
      }
    }
    return !isEmpty(diff);
  }

  setSeverities(severities: ReadonlyMap<string, Severity>): void {
    for (const id of this.severities.keys()) if (!severities.has(id)) this.index.setSeverity(id, null);
    for (const [id, severity] of severities) this.index.setSeverity(id, severity);
    this.severities = severities;
  }

  setFilter(visible: boolean, hiddenKinds: readonly string[]): void {
    this.visible = visible;
    this.hiddenKinds = new Set(hiddenKinds);
    this.stale = "now";
  }

  setProjection(projection: Projection): void {
    this.projection = projection;
    this.places.clear();
    for (const device of this.known.values()) this.locate(device);
    this.cache.clear();
    this.stale = "now";
  }

  setWords(words: Words): void {
    this.words = words;
    this.cache.clear();
  }

  setSelected(id: string | null): void {
    this.selected = id;
  }

  expansionZoom(clusterId: number): number {
    return this.index.expansionZoom(clusterId);
  }

  /** Markers of the members, for when their cluster is spread out. */
  memberSpecs(clusterId: number): MarkerSpec[] {
    const specs: MarkerSpec[] = [];
    for (const id of this.index.members(clusterId)) {
      const device = this.known.get(id);
      const at = this.places.get(id);
      if (device === undefined || at === undefined) continue;
      specs.push(deviceSpec(`s${id}`, at, device, id === this.selected, this.words));
    }
    return specs;
  }

  /** Where a cluster stands now; null if it was not drawn. */
  clusterPlace(clusterId: number): LngLat | null {
    return this.pane.spec(`c${clusterId}`)?.at ?? null;
  }

  tally(clusterId: number): Tally | null {
    return this.tallies.get(clusterId) ?? null;
  }

  /** What was drawn last, for labels to keep clear of: clusters with their sizes, and devices that stand alone. */
  readonly clusters: { readonly at: LngLat; readonly px: number }[] = [];
  readonly alone: { readonly device: Device; readonly at: LngLat }[] = [];

  draw(bounds: Bounds, zoom: number, factor: number, alarms: readonly Standing[]): void {
    this.loadIfStale();
    this.clusters.length = this.alone.length = 0;
    this.tallies.clear();
    const specs: MarkerSpec[] = [];
    for (const item of this.index.query(bounds, zoom)) {
      if (item.type === "cluster") {
        const { id, tally } = item;
        this.tallies.set(id, tally);
        this.clusters.push({ at: [item.lng, item.lat], px: clusterPx(tally.total) });
        const told = tally.worst !== null && toldBy(alarms, [item.lng, item.lat], tally, zoom, factor);
        const inputs = [
          this.index.version,
          tally.total,
          clusterSixteenths(tally),
          tally.offline,
          tally.worst,
          told,
        ];
        specs.push(
          this.cache.get(`c${id}`, inputs, () =>
            clusterSpec(`c${id}`, [item.lng, item.lat], id, tally, !told, this.words),
          ),
        );
        continue;
      }
      const device = this.known.get(item.id);
      const at = this.places.get(item.id);
      if (device === undefined || at === undefined) continue;
      this.alone.push({ device, at });
      if (device.id !== this.selected) this.push(specs, device);
    }
    const selected = this.selected === null ? undefined : this.known.get(this.selected);
    if (selected !== undefined) this.push(specs, selected); // also out of its cluster or a hidden kind
    this.pane.draw(specs);
    this.cache.prune(specs);
  }

  private push(specs: MarkerSpec[], device: Device): void {
    const at = this.places.get(device.id);
    if (at === undefined) return;
    const chosen = device.id === this.selected;
    const key = `d${device.id}`;
    specs.push(this.cache.get(key, [device, chosen], () => deviceSpec(key, at, device, chosen, this.words)));
  }

  private locate(device: Device): void {
    if (device.lng === null || device.lat === null) this.places.delete(device.id);
    else this.places.set(device.id, this.projection.toMap([device.lng, device.lat]));
  }

  /** The first devices show at once; later ones wait for company, for an import sends thousands one by one. */
  private moved(): void {
    if (this.stale === "no") this.stale = "soon";
  }

  private loadIfStale(): void {
    if (this.stale === "no") return;
    const wait = this.stale === "now" ? 0 : this.loadedAt + RELOAD_EVERY_MS - performance.now();
    if (wait <= 0) this.load();
    else this.later(wait);
  }

  private load(): void {
    const points: ClusterPoint[] = [];
    for (const device of this.visible ? this.known.values() : []) {
      const at = this.places.get(device.id);
      if (at === undefined || this.hiddenKinds.has(device.kind)) continue;
      points.push({ id: device.id, lng: at[0], lat: at[1], status: device.status });
    }
    this.index.load(points, this.severities);
    this.stale = "no";
    this.loadedAt = performance.now();
  }
}
