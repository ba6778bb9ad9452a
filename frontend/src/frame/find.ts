/** What a search finds. Pure. */
import type { FeedState } from "@/feed/reduce";
import type { Alarm, Device, Incident, Jurisdiction } from "@/feed/types";
import { matchesText } from "@/devices/filter";

const MOST = { areas: 6, incidents: 6, alarms: 6, devices: 12 } as const;

export interface Found {
  readonly areas: readonly Jurisdiction[];
  readonly incidents: readonly Incident[];
  readonly alarms: readonly Alarm[];
  readonly devices: readonly Device[];
  /** Devices that match but are not in the list. */
  readonly moreDevices: number;
}

const NOTHING: Found = { areas: [], incidents: [], alarms: [], devices: [], moreDevices: 0 };

/** Whether a text may be an incident's number: whole, from its day on, or as the consoles shorten it. */
export function isNumber(text: string): boolean {
  return /^#?([0-9]{4}|[0-9]{4}-[0-9]{4}|[0-9]{8}(-[0-9]{0,4})?)$/.test(text);
}

/** `conditionName`: the condition in the reader's language. */
export function find(
  state: FeedState,
  query: string,
  conditionName: (alarm: Alarm) => string,
): Found {
  const wanted = query.trim().toLowerCase();
  if (wanted === "") return NOTHING;
  const areas = [...state.jurisdictions.values()]
    .filter(({ name, code }) => name.toLowerCase().includes(wanted) || code.startsWith(wanted))
    .sort((a, b) => a.code.length - b.code.length || (a.code < b.code ? -1 : 1));
  const alarms = [...state.alarms.values()].filter(
    (alarm) =>
      String(alarm.id) === wanted.replace(/^#/, "") ||
      alarm.device_id.toLowerCase().includes(wanted) ||
      alarm.device_name.toLowerCase().includes(wanted) ||
      alarm.site.toLowerCase().includes(wanted) ||
      conditionName(alarm).toLowerCase().includes(wanted),
  );
  const incidents = [...state.incidents.values()].filter(
    ({ number, title, place }) =>
      number.includes(wanted) || title.toLowerCase().includes(wanted) || place.toLowerCase().includes(wanted),
  );
  const devices = [...state.devices.values()].filter((device) => matchesText(device, wanted));
  return {
    areas: areas.slice(0, MOST.areas),
    incidents: incidents.sort((a, b) => b.id - a.id).slice(0, MOST.incidents),
    alarms: alarms
      .sort(
        (a, b) =>
          Number(a.acknowledged) - Number(b.acknowledged) || a.severity - b.severity || b.id - a.id,
      )
      .slice(0, MOST.alarms),
    devices: devices.slice(0, MOST.devices),
    moreDevices: Math.max(0, devices.length - MOST.devices),
  };
}
