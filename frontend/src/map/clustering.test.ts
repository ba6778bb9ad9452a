import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { CLUSTER_MAX_ZOOM, DeviceIndex, type Bounds, type ClusterPoint, type Placed } from "./clustering";
import { DEVICE_STATUSES, type DeviceStatus, type Severity } from "@/feed/types";

const WORLD: Bounds = [-180, -85, 180, 85];

function scatter(count: number, seed = 1): ClusterPoint[] {
  let state = seed;
  const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  return Array.from({ length: count }, (_, index) => ({
    id: `D-${index}`,
    lng: 106.1 + random() * 0.7,
    lat: 37.6 + random() * 0.7,
    status: "online",
  }));
}

function summary(placed: readonly Placed[]): string[] {
  return placed
    .map((item) =>
      item.type === "device"
        ? `device ${item.id}`
        : `cluster ${item.id} ${item.tally.online}/${item.tally.offline}/${item.tally.unknown} ${item.tally.worst}`,
    )
    .sort();
}

describe("DeviceIndex", () => {
  it("holds every device exactly once at every zoom", () => {
    const index = new DeviceIndex();
    index.load(scatter(500), new Map());
    for (let zoom = 0; zoom <= 19; zoom++) {
      const total = index
        .query(WORLD, zoom)
        .reduce((sum, item) => sum + (item.type === "cluster" ? item.tally.total : 1), 0);
      expect(total).toBe(500);
    }
  });

  it("shows every device by itself above the last clustered zoom", () => {
    const index = new DeviceIndex();
    index.load(scatter(200), new Map());
    expect(index.query(WORLD, CLUSTER_MAX_ZOOM + 1).every((item) => item.type === "device")).toBe(true);
  });

  it("returns only what lies inside the bounds", () => {
    const index = new DeviceIndex();
    index.load([...scatter(50), { id: "far", lng: 80, lat: 40, status: "online" }], new Map());
    expect(index.query([79, 39, 81, 41], 10)).toEqual([
      { type: "device", id: "far", lng: expect.closeTo(80, 6), lat: expect.closeTo(40, 6) },
    ]);
  });

  it("carries a change of status and severity up to every cluster", () => {
    const index = new DeviceIndex();
    index.load(scatter(300), new Map());
    expect(index.setStatus("D-7", "offline")).toBe(true);
    expect(index.setSeverity("D-7", 2)).toBe(true);
    expect(index.setSeverity("D-8", 3)).toBe(true);
    const [root] = index.query(WORLD, 0);
    expect(root).toMatchObject({ tally: { total: 300, online: 299, offline: 1, worst: 2 } });
    index.setSeverity("D-7", null);
    expect(root).toMatchObject({ tally: { worst: 3 } });
  });

  it("says when nothing changed, also for a device it does not know", () => {
    const index = new DeviceIndex();
    index.load(scatter(3), new Map());
    expect(index.setStatus("D-1", "online")).toBe(false);
    expect(index.setStatus("nobody", "offline")).toBe(false);
    expect(index.setSeverity("nobody", 1)).toBe(false);
  });

  it("after any changes equals an index built from the result", () => {
    const ids = fc.integer({ min: 0, max: 79 }).map((n) => `D-${n}`);
    const change = fc.oneof(
      fc.record({ id: ids, status: fc.constantFrom(...DEVICE_STATUSES) }),
      fc.record({ id: ids, severity: fc.constantFrom<Severity | null>(1, 2, 3, 4, null) }),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const points = scatter(80);
        const changed = new DeviceIndex();
        changed.load(points, new Map());
        const status = new Map<string, DeviceStatus>(points.map((point) => [point.id, point.status]));
        const severity = new Map<string, Severity>();
        for (const step of changes) {
          if ("status" in step) {
            changed.setStatus(step.id, step.status);
            status.set(step.id, step.status);
          } else {
            changed.setSeverity(step.id, step.severity);
            if (step.severity === null) severity.delete(step.id);
            else severity.set(step.id, step.severity);
          }
        }
        const fresh = new DeviceIndex();
        fresh.load(
          points.map((point) => ({ ...point, status: status.get(point.id) ?? point.status })),
          severity,
        );
        for (const zoom of [0, 6, 9, 12, 15, 18]) {
          expect(summary(changed.query(WORLD, zoom))).toEqual(summary(fresh.query(WORLD, zoom)));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("names the members of a cluster and where it falls apart", () => {
    const index = new DeviceIndex();
    index.load(scatter(40), new Map());
    const [root] = index.query(WORLD, 0);
    if (root?.type !== "cluster") throw new Error("40 devices in one district are one cluster of the world");
    expect(new Set(index.members(root.id)).size).toBe(40);
    expect(index.expansionZoom(root.id)).toBeGreaterThan(0);
  });
});
