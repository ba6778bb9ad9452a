/**
 * Clusters of devices, kept current without rebuilding.
 *
 * Supercluster's index is immutable, and most changes of a fleet do not move anything: a status flips, an alarm opens.
 * So its reducer is used to link every cluster to its parent while the index is built, and a change of status or of
 * severity walks from the device up to the root: a handful of additions instead of 10,000 points loaded again.
 * Only a device that appears, goes or moves asks for a new `load`.
 */
import Supercluster, { type PointFeature } from "supercluster";

import { SEVERITIES, type DeviceStatus, type Severity } from "@/feed/types";

export interface ClusterPoint {
  readonly id: string;
  readonly lng: number;
  readonly lat: number;
  readonly status: DeviceStatus;
}

/** How many devices are in which state; read live, never held on to. */
export interface Tally {
  readonly total: number;
  readonly online: number;
  readonly offline: number;
  readonly degraded: number;
  readonly unknown: number;
  /** The gravest open severity among the members, null if none has an open alarm. */
  readonly worst: Severity | null;
}

export type Placed =
  | { readonly type: "device"; readonly id: string; readonly lng: number; readonly lat: number }
  | {
      readonly type: "cluster";
      readonly id: number;
      readonly lng: number;
      readonly lat: number;
      readonly tally: Tally;
    };

export type Bounds = readonly [west: number, south: number, east: number, north: number];

/** Marker size decides: closer than this many pixels and two devices would touch. */
export const CLUSTER_RADIUS_PX = 54;
/** Above this zoom every device stands alone. */
export const CLUSTER_MAX_ZOOM = 17;

class Node implements Tally {
  parent: Node | null = null;
  online = 0;
  offline = 0;
  degraded = 0;
  unknown = 0;
  private readonly severities: Record<Severity, number> = { 1: 0, 2: 0, 3: 0, 4: 0 };

  get total(): number {
    return this.online + this.degraded + this.offline + this.unknown;
  }

  get worst(): Severity | null {
    return SEVERITIES.find((severity) => this.severities[severity] > 0) ?? null;
  }

  countSeverity(severity: Severity, by: number): void {
    this.severities[severity] += by;
  }

  absorb(child: Node): void {
    child.parent = this;
    this.online += child.online;
    this.offline += child.offline;
    this.degraded += child.degraded;
    this.unknown += child.unknown;
    for (const severity of SEVERITIES) this.severities[severity] += child.severities[severity];
  }
}

interface Leaf {
  readonly node: Node;
  status: DeviceStatus;
  severity: Severity | null;
}

type PointProps = { readonly id: string; readonly node: Node };
type ClusterProps = { node: Node };

export class DeviceIndex {
  /** Counts the loads; ids of clusters are good for one. */
  version = 0;
  private readonly leaves = new Map<string, Leaf>();
  private index = this.emptyIndex();

  /** Builds the index anew from everything; severities are given per device id. */
  load(points: readonly ClusterPoint[], severities: ReadonlyMap<string, Severity>): void {
    this.version += 1;
    this.leaves.clear();
    const features = points.map((point): PointFeature<PointProps> => {
      const leaf = newLeaf(point.status, severities.get(point.id) ?? null);
      this.leaves.set(point.id, leaf);
      return {
        type: "Feature",
        properties: { id: point.id, node: leaf.node },
        geometry: { type: "Point", coordinates: [point.lng, point.lat] },
      };
    });
    this.index = this.emptyIndex().load(features);
  }

  has(id: string): boolean {
    return this.leaves.has(id);
  }

  /** True if something changed. Unknown ids change nothing. */
  setStatus(id: string, status: DeviceStatus): boolean {
    const leaf = this.leaves.get(id);
    if (leaf === undefined || leaf.status === status) return false;
    for (let node: Node | null = leaf.node; node !== null; node = node.parent) {
      node[leaf.status] -= 1;
      node[status] += 1;
    }
    leaf.status = status;
    return true;
  }

  /** The gravest open severity of a device, null when its last alarm has closed. */
  setSeverity(id: string, severity: Severity | null): boolean {
    const leaf = this.leaves.get(id);
    if (leaf === undefined || leaf.severity === severity) return false;
    for (let node: Node | null = leaf.node; node !== null; node = node.parent) {
      if (leaf.severity !== null) node.countSeverity(leaf.severity, -1);
      if (severity !== null) node.countSeverity(severity, 1);
    }
    leaf.severity = severity;
    return true;
  }

  /** What is to be drawn inside the bounds at a zoom. */
  query(bounds: Bounds, zoom: number): Placed[] {
    return this.index.getClusters([...bounds], Math.round(zoom)).map((feature): Placed => {
      const [lng, lat] = feature.geometry.coordinates as [number, number];
      const properties = feature.properties;
      return "cluster" in properties
        ? { type: "cluster", id: properties.cluster_id, lng, lat, tally: properties.node }
        : { type: "device", id: properties.id, lng, lat };
    });
  }

  /** The zoom at which a cluster falls apart; above `CLUSTER_MAX_ZOOM` it does so by itself. */
  expansionZoom(clusterId: number): number {
    return this.index.getClusterExpansionZoom(clusterId);
  }

  /** Ids of up to `limit` members. */
  members(clusterId: number, limit = Infinity): string[] {
    return this.index.getLeaves(clusterId, limit).map((leaf) => leaf.properties.id);
  }

  private emptyIndex(): Supercluster<PointProps, ClusterProps> {
    // Supercluster hands the reducer a fresh accumulator per cluster that still shows its first member's node.
    const started = new WeakSet<ClusterProps>();
    return new Supercluster<PointProps, ClusterProps>({
      radius: CLUSTER_RADIUS_PX,
      extent: 256, // Leaflet's pixels per tile, so that the radius is in screen pixels
      maxZoom: CLUSTER_MAX_ZOOM,
      map: ({ node }) => ({ node }),
      reduce: (accumulated, member) => {
        if (!started.has(accumulated)) {
          started.add(accumulated);
          const first = accumulated.node;
          accumulated.node = new Node();
          accumulated.node.absorb(first);
        }
        accumulated.node.absorb(member.node);
      },
    }).load([]);
  }
}

function newLeaf(status: DeviceStatus, severity: Severity | null): Leaf {
  const node = new Node();
  node[status] = 1;
  if (severity !== null) node.countSeverity(severity, 1);
  return { node, status, severity };
}
