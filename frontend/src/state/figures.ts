/** The live figures of the top strip. Pure. */
import type { Alarm, Device, Unit } from "@/feed/types";
import { isAnnunciated } from "./silence";

/** Of alarms only those that are annunciated count. */
export interface Figures {
  readonly open: number;
  readonly unacknowledged: number;
  readonly critical: number;
  /** Late ones included: they are not off line yet. */
  readonly devicesOnline: number;
  readonly devicesLate: number;
  readonly devices: number;
  readonly unitsAvailable: number;
  readonly units: number;
}

function count<T>(items: Iterable<T>, wanted: (item: T) => boolean): number {
  let total = 0;
  for (const item of items) if (wanted(item)) total += 1;
  return total;
}

export function figuresOf(
  all: readonly Alarm[],
  devices: readonly Device[],
  units: readonly Unit[],
): Figures {
  const alarms = all.filter(isAnnunciated);
  return {
    open: alarms.length,
    unacknowledged: count(alarms, (alarm) => !alarm.acknowledged),
    critical: count(alarms, (alarm) => alarm.severity === 1),
    devicesOnline: count(devices, ({ status }) => status === "online" || status === "degraded"),
    devicesLate: count(devices, ({ status }) => status === "degraded"),
    devices: devices.length,
    unitsAvailable: count(units, (unit) => unit.on_duty && unit.status === "available"),
    units: units.length,
  };
}
