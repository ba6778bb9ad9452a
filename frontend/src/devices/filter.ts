/** Which devices a list shows. Pure. */
import type { Device, DeviceStatus } from "@/feed/types";

export interface DeviceFilter {
  readonly text: string;
  readonly kind: string | null;
  readonly status: DeviceStatus | null;
}

export function matchesText(device: Device, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return (
    wanted === "" ||
    device.name.toLowerCase().includes(wanted) ||
    device.id.toLowerCase().includes(wanted) ||
    device.site.toLowerCase().includes(wanted)
  );
}

const RANK: Readonly<Record<DeviceStatus, number>> = { offline: 0, degraded: 1, unknown: 2, online: 3 };

/** Those that need a look first: faulty, then offline, then late, then by name. */
export function listDevices(devices: readonly Device[], filter: DeviceFilter): Device[] {
  return devices
    .filter(
      (device) =>
        matchesText(device, filter.text) &&
        (filter.kind === null || device.kind === filter.kind) &&
        (filter.status === null || device.status === filter.status),
    )
    .sort(
      (a, b) =>
        Number(b.fault !== null) - Number(a.fault !== null) ||
        RANK[a.status] - RANK[b.status] ||
        (a.id < b.id ? -1 : 1),
    );
}
