/** How an alarm, a device, a cluster and a unit look: class names, markup and attributes of their markers. */
import type { Alarm, Device, Incident, Severity, Unit } from "@/feed/types";

import { isAnnunciated } from "@/state/silence";
import type { Tally } from "../clustering";
import type { LngLat } from "../gcj02";
import { incidentIcon, kindIcon, severityIcon, statusIcon, unitIcon, unitStatusIcon, wrenchIcon } from "../icons";
import type { MarkerSpec } from "../markerPane";
import type { Words } from "../words";

/** Sizes in CSS pixels, also what labels keep clear of. The pulse reaches beyond the shape. */
export const ALARM_PX = 30;
export const ALARM_CLEARANCE_PX = 46;
export const DEVICE_PX = 24;
export const UNIT_PX = 28;
export const INCIDENT_PX = 26;
/** The cloth of the flag stands so far above the place. */
export const INCIDENT_RISE_PX = 30;
export const clusterPx = (total: number): number =>
  total < 10 ? 32 : total < 100 ? 38 : total < 1000 ? 44 : 52;

const classes = (...names: (string | false)[]): string => names.filter((name) => name !== false).join(" ");

export interface AlarmLook {
  readonly lead: Alarm;
  /** The gravest first; of many not all. */
  readonly ids: readonly number[];
  readonly count: number;
  readonly active: number;
  readonly unacknowledged: number;
  readonly selected: boolean;
  readonly focusable: boolean;
}

export function alarmSpec(key: string, at: LngLat, look: AlarmLook, words: Words): MarkerSpec {
  const { lead, ids, count, unacknowledged, selected } = look;
  const many = count > 1;
  return {
    key,
    at,
    className: classes(
      "lm-alarm",
      `lm-sev-${lead.severity}`,
      unacknowledged > 0 ? "lm-alarm--unacknowledged" : "lm-alarm--acknowledged",
      look.active === 0 && "lm-alarm--cleared",
      !isAnnunciated(lead) && "lm-alarm--aside",
      selected && "lm-selected",
    ),
    // The number of members is drawn from `data-count`: as text it would have to be how the marker's name begins.
    markup: severityIcon(lead.severity, unacknowledged > 0),
    attributes: {
      role: "button",
      tabindex: look.focusable ? "0" : "-1",
      "aria-label": many ? words.alarms(lead, count, unacknowledged) : words.alarm(lead),
      "data-testid": "map-alarm-marker",
      "data-alarm-id": String(lead.id),
      "data-alarm-ids": ids.join(" "),
      "data-severity": String(lead.severity),
      "data-acknowledged": String(unacknowledged === 0),
      "data-count": String(count),
    },
    order: (selected ? 1000 : 0) + (5 - lead.severity) * 10 + (unacknowledged > 0 ? 5 : 0),
  };
}

/** The pulse of an unacknowledged alarm, in a pane of its own: see `AlarmLayer`. */
export function pulseSpec(key: string, at: LngLat, severity: Severity): MarkerSpec {
  return {
    key,
    at,
    className: `lm-pulse lm-sev-${severity}`,
    markup: "<i></i>",
    attributes: { "aria-hidden": "true" },
    order: 0,
  };
}

export function deviceSpec(
  key: string,
  at: LngLat,
  device: Device,
  selected: boolean,
  words: Words,
): MarkerSpec {
  return {
    key,
    at,
    className: classes("lm-device", `lm-device--${device.status}`, device.out_of_service_until !== null && "lm-device--out", selected && "lm-selected"),
    markup: `${kindIcon(device.kind)}<i class="lm-badge">${device.out_of_service_until === null ? statusIcon(device.status) : wrenchIcon()}</i>`,
    attributes: {
      role: "img",
      "aria-label": words.device(device),
      "data-testid": "map-device-marker",
      "data-device-id": device.id,
      "data-status": device.status,
      "data-kind": device.kind,
    },
    order: selected ? 1000 : device.status === "online" ? 1 : 2,
  };
}

/** The share of offline members, as an arc in sixteenths: fine enough to see, few enough to share the markup. */
export function clusterSixteenths(tally: Tally): number {
  const away = tally.offline + tally.unknown;
  return away === 0 ? 0 : Math.max(1, Math.min(16, Math.round((away / tally.total) * 16)));
}

export function clusterSpec(key: string, at: LngLat, id: number, tally: Tally, badged: boolean, words: Words): MarkerSpec {
  const px = clusterPx(tally.total);
  const arc = clusterSixteenths(tally) * 6.25;
  const ring =
    arc === 0
      ? ""
      : `<circle class="lm-ring-away" cx="18" cy="18" r="16" pathLength="100" stroke-dasharray="${arc} 100"/>`;
  const badge =
    tally.worst === null || !badged
      ? ""
      : `<i class="lm-worst lm-sev-${tally.worst}">${severityIcon(tally.worst, false)}</i>`;
  return {
    key,
    at,
    className: `lm-cluster lm-cluster--${px}`,
    markup:
      `<svg viewBox="0 0 36 36" class="lm-ring" aria-hidden="true"><circle class="lm-ring-all" cx="18" cy="18" r="16"/>${ring}</svg>` +
      `<span data-text></span>${badge}`,
    text: [shortCount(tally.total)],
    attributes: {
      role: "img",
      "aria-label": words.cluster(tally),
      "data-testid": "map-cluster",
      "data-cluster-id": String(id),
      "data-count": String(tally.total),
      "data-offline": String(tally.offline),
      "data-worst": tally.worst === null ? "" : String(tally.worst),
    },
    order: 0,
  };
}

export function shortCount(count: number): string {
  return count < 10_000 ? String(count) : `${Math.round(count / 1000)}k`;
}

export function unitSpec(
  key: string,
  at: LngLat,
  units: readonly Unit[],
  selected: boolean,
  words: Words,
): MarkerSpec {
  const [unit] = units;
  if (unit === undefined) throw new RangeError("a marker of units needs a unit");
  const many = units.length > 1;
  return {
    key,
    at,
    className: classes("lm-unit", `lm-unit--${unit.status}`, selected && "lm-selected"),
    markup:
      `${unitIcon(unit.kind)}<i class="lm-badge">${unitStatusIcon(unit.status)}</i>` +
      (many ? '<span class="lm-count" data-text></span>' : ""),
    text: many ? [String(units.length)] : undefined,
    attributes: {
      role: "img",
      "aria-label": units.map((each) => words.unit(each)).join("; "),
      "data-testid": "map-unit-marker",
      "data-unit-id": String(unit.id),
      "data-unit-ids": units.map(({ id }) => id).join(" "),
      "data-status": unit.status,
    },
    order: selected ? 1000 : 3 - ["patrol", "village_centre", "department"].indexOf(unit.kind),
  };
}

export function incidentSpec(
  key: string,
  at: LngLat,
  incidents: readonly Incident[],
  selected: boolean,
  words: Words,
): MarkerSpec {
  const [incident] = incidents;
  if (incident === undefined) throw new RangeError("a marker of incidents needs an incident");
  const many = incidents.length > 1;
  return {
    key,
    at,
    className: classes("lm-incident", `lm-sev-${incident.severity}`, selected && "lm-selected"),
    markup: incidentIcon() + (many ? '<span class="lm-count" data-text></span>' : ""),
    text: many ? [String(incidents.length)] : undefined,
    attributes: {
      role: "img",
      "aria-label": incidents.map((each) => words.incident(each)).join("; "),
      "data-testid": "map-incident-marker",
      "data-incident-id": String(incident.id),
      "data-incident-ids": incidents.map(({ id }) => id).join(" "),
      "data-severity": String(incident.severity),
    },
    order: (selected ? 1000 : 0) + 5 - incident.severity,
  };
}
