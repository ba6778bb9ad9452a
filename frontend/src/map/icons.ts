/**
 * Markup of the map's signs. Strings, because thousands are stamped out; nothing from the feed is ever put into them.
 * Drawn on a 24 grid in strokes of `currentColor`; severities are filled shapes.
 */
import type { DeviceStatus, Severity, UnitKind, UnitStatus } from "@/feed/types";

const stroke = (body: string): string =>
  `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${body}</svg>`;

const KIND_ICONS: Readonly<Record<string, string>> = {
  face_gate: stroke('<path d="M5 20V5h4v15M15 20V5h4v15M9 12h2.2M12.8 12H15"/>'),
  wifi_probe: stroke(
    '<path d="M4 10.5a12 12 0 0 1 16 0M7 14a7.5 7.5 0 0 1 10 0"/><circle cx="12" cy="18" r="1.4" fill="currentColor"/>',
  ),
  fire_lane: stroke(
    '<path d="M12 3.5c.6 3.4 4.8 5.2 4.8 10a4.8 4.8 0 0 1-9.6 0c0-2.2 1.1-3.3 1.9-4.6.5 1.3 1.1 1.7 1.6 1.9.9-2 .9-4.600 1.300-7.300Z"/>',
  ),
  panic_button: stroke('<circle cx="12" cy="12" r="8"/><path d="M12 8v5"/><path d="M12 16v.1"/>'),
  smoke: stroke(
    '<path d="M5 7h14l-2 4H7L5 7ZM9 14c0 2 1.500 2 1.500 3.500S9 19.500 9 21M14 14c0 2 1.500 2 1.500 3.500S14 19.500 14 21"/>',
  ),
  patrol_terminal: stroke('<rect x="8" y="6" width="8" height="15" rx="2"/><path d="M10 6V2.500M11 10h2M12 17v.1"/>'),
  camera: stroke('<path d="M3.500 8.500h11v8h-11zM14.500 11.500l6-3v8l-6-3"/>'),
};
const OTHER_KIND = stroke(
  '<rect x="6" y="6" width="12" height="12" rx="2"/><path d="M9 2.500V6M15 2.500V6M9 18v3.500M15 18v3.500"/>',
);

export function kindIcon(kind: string): string {
  return KIND_ICONS[kind] ?? OTHER_KIND;
}

const STATUS_ICONS: Readonly<Record<DeviceStatus, string>> = {
  online: stroke('<path d="M5 12.500 10 17.500 19 7"/>'),
  degraded: stroke('<path d="M5 12h.1M12 12h.1M19 12h.1"/>'),
  offline: stroke('<path d="M6 6l12 12M18 6 6 18"/>'),
  unknown: stroke('<path d="M9 9.200a3 3 0 1 1 4.500 2.600c-1 .6-1.500 1.200-1.500 2.400M12 18v.1"/>'),
};

export function statusIcon(status: DeviceStatus): string {
  return STATUS_ICONS[status];
}

const WRENCH = stroke('<path d="M14.500 6.500a4 4 0 0 1 5-1.500l-2.500 2.500.5 2 2 .5L22 7.500a4.500 4.500 0 0 1-6 5.500l-7.500 7.500a1.800 1.800 0 0 1-3-3L13 10a4.500 4.500 0 0 1 1.500-3.500Z"/>');

/** Out of service. */
export function wrenchIcon(): string {
  return WRENCH;
}

const UNIT_ICONS: Readonly<Record<UnitKind, string>> = {
  patrol: stroke(
    '<path d="M12 3.500 19 6v5.500c0 4.300-2.800 7.300-7 9-4.200-1.700-7-4.700-7-9V6l7-2.500Z"/><path d="M9 12l2.200 2.200L15.500 10"/>',
  ),
  village_centre: stroke('<path d="M4 11.500 12 5l8 6.500M6.500 10v9.500h11V10M10.500 19.500v-5h3v5"/>'),
  department: stroke(
    '<path d="M6 20.500V4h12v16.500M3.500 20.500h17M9.500 8h1M13.500 8h1M9.500 12h1M13.500 12h1M10.500 20.500v-4h3v4"/>',
  ),
};

export function unitIcon(kind: UnitKind): string {
  return UNIT_ICONS[kind];
}

const UNIT_STATUS_ICONS: Readonly<Record<UnitStatus, string>> = {
  available: stroke('<path d="M5 12.500 10 17.500 19 7"/>'),
  committed: stroke('<path d="M12 6v6l4 2.500"/>'),
  en_route: stroke('<path d="M5 12h13M13 7l5.500 5-5.500 5"/>'),
  on_scene:
    '<svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true"><circle cx="12" cy="12" r="6.500"/></svg>',
  returning: stroke('<path d="M19 12H6M11 7l-5.500 5 5.500 5"/>'),
  out_of_service: stroke('<path d="M6 12h12"/>'),
};

export function unitStatusIcon(status: UnitStatus): string {
  return UNIT_STATUS_ICONS[status];
}

/** A flag on a pole that stands on the place: neither the shape of an alarm, nor of a device or a unit. */
const INCIDENT =
  '<svg viewBox="0 0 26 32" class="lm-flag" aria-hidden="true"><path class="lm-pole" d="M5 31V3"/><path class="lm-cloth" d="M5 3.500h18.500L18 10l5.500 6.500H5Z"/></svg>';

export function incidentIcon(): string {
  return INCIDENT;
}

/** ▲ ◆ ■ ● — the shape alone tells the severity. Colours come from the class around it. */
const SEVERITY_SHAPES: Readonly<Record<Severity, string>> = {
  1: '<path d="M16 3.200 29.600 27.200H2.400Z"/>',
  2: '<path d="M16 2.400 29.600 16 16 29.600 2.400 16Z"/>',
  3: '<rect x="4.600" y="4.600" width="22.800" height="22.800" rx="1.500"/>',
  4: '<circle cx="16" cy="16" r="12.400"/>',
};
const SEVERITY_NUMERALS: Readonly<Record<Severity, readonly [text: string, y: number]>> = {
  1: ["I", 23.6],
  2: ["II", 20.4],
  3: ["III", 20.4],
  4: ["IV", 20.4],
};

export function severityIcon(severity: Severity, numeral: boolean): string {
  const [text, y] = SEVERITY_NUMERALS[severity];
  const label = numeral
    ? `<text x="16" y="${y}" text-anchor="middle" font-size="12.5" font-weight="700">${text}</text>`
    : "";
  return `<svg viewBox="0 0 32 32" class="lm-shape" aria-hidden="true">${SEVERITY_SHAPES[severity]}${label}</svg>`;
}
