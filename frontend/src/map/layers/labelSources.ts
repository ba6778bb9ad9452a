/** Which names the map would like to show, and what they must keep clear of. */
import { namePlaces, type DrawnArea } from "../areas";
import { boxAround, type Box, type Obstacles } from "../labels";
import { toWorld, type WorldPoint } from "../mercator";
import type { Words } from "../words";
import type { AlarmLayer } from "./alarmLayer";
import type { AreaLayer } from "./areaLayer";
import type { DeviceLayer } from "./deviceLayer";
import type { IncidentLayer } from "./incidentLayer";
import type { Label } from "./labelLayer";
import { ALARM_CLEARANCE_PX, DEVICE_PX, INCIDENT_PX, INCIDENT_RISE_PX, UNIT_PX } from "./looks";
import type { UnitLayer } from "./unitLayer";

/** From here on devices bear their own name and status. */
const DEVICE_NAMES_FROM_ZOOM = 17;
/** From here on names of units come before those of places; further out they show only where nothing is. */
const UNITS_FIRST_FROM_ZOOM = 13;

interface Fitted {
  readonly scale: number;
  readonly width: number;
  readonly height: number;
  readonly places: readonly WorldPoint[];
}
const fitted = new WeakMap<DrawnArea, Fitted>();

/** Where a name fits depends on the zoom and the type only, so it is worked out once for each. */
function placesIn(drawn: DrawnArea, scale: number, width: number, height: number): readonly WorldPoint[] {
  const known = fitted.get(drawn);
  if (known?.scale === scale && known.width === width && known.height === height) return known.places;
  const places = namePlaces(drawn, scale, width, height);
  fitted.set(drawn, { scale, width, height, places });
  return places;
}

export function areaLabels(areas: AreaLayer, scale: number, chosen: string | null): Label[] {
  return areas.named().map((drawn): Label => {
    const { code, level, name } = drawn.area;
    const main = code === chosen;
    return {
      id: `l${code}`,
      text: [name],
      className: `lm-label--${level}${main ? " lm-label--chosen" : ""}`,
      priority: 100 - code.length + (main ? 50 : 0),
      insistent: level !== "village" && level !== "grid",
      placesFor: (width, height) => placesIn(drawn, scale, width, height),
    };
  });
}

export function unitLabels(
  units: UnitLayer,
  scale: number,
  factor: number,
  zoom: number,
  words: Words,
  now: number,
): Label[] {
  const near = zoom >= UNITS_FIRST_FROM_ZOOM;
  return units.drawn.map(({ item: unit, at }): Label => {
    const world = toWorld(at);
    const patrol = unit.kind === "patrol";
    return {
      id: `n${unit.id}`,
      text: [unit.name, words.age(unit.position_at ?? unit.updated_at, now)],
      className: "lm-label--unit",
      // Further out after the townships (91) and before the villages (88).
      priority: (near ? 200 : 89) + (patrol ? 1 : 0),
      insistent: near && patrol, // the others stay where they are and can be looked up by pointing
      placesFor: (width, height) => beside(world, scale, UNIT_PX * factor, width, height),
    };
  });
}

export function deviceLabels(
  devices: DeviceLayer,
  scale: number,
  factor: number,
  zoom: number,
  words: Words,
): Label[] {
  if (zoom < DEVICE_NAMES_FROM_ZOOM) return [];
  return devices.alone.map(({ device, at }): Label => {
    const world = toWorld(at);
    return {
      id: `d${device.id}`,
      text: [words.deviceLabel(device)],
      className: `lm-label--device lm-label--${device.status}`,
      priority: device.status === "online" ? 10 : 20,
      insistent: false,
      placesFor: (width, height) => beside(world, scale, DEVICE_PX * factor, width, height),
    };
  });
}

export function obstaclesOf(
  alarms: AlarmLayer,
  units: UnitLayer,
  devices: DeviceLayer,
  incidents: IncidentLayer,
  scale: number,
  factor: number,
): Obstacles {
  const around = ([x, y]: WorldPoint, px: number): Box =>
    boxAround(x * scale, y * scale, px * factor, px * factor);
  const hard = alarms.markers().map((world) => around(world, ALARM_CLEARANCE_PX));
  for (const { at } of units.drawn) hard.push(around(toWorld(at), UNIT_PX));
  for (const { at } of incidents.drawn) {
    const [x, y] = toWorld(at);
    hard.push(boxAround(x * scale, y * scale - INCIDENT_RISE_PX * factor, INCIDENT_PX * factor, INCIDENT_PX * factor));
  }
  // A cluster is its number: a name over it would make both illegible.
  for (const { at, px } of devices.clusters) hard.push(around(toWorld(at), px));
  const soft = devices.alone.map(({ at }) => around(toWorld(at), DEVICE_PX));
  return { hard, soft };
}

/** Right of a marker, else left, below, above, or at a corner. */
function beside(
  [wx, wy]: WorldPoint,
  scale: number,
  px: number,
  width: number,
  height: number,
): WorldPoint[] {
  const [x, y] = [wx * scale, wy * scale];
  const dx = px / 2 + width / 2 + 4;
  const dy = px / 2 + height / 2 + 2;
  return [
    [x + dx, y],
    [x - dx, y],
    [x, y + dy],
    [x, y - dy],
    [x + dx, y + dy * 0.8],
    [x + dx, y - dy * 0.8],
    [x - dx, y + dy * 0.8],
    [x - dx, y - dy * 0.8],
  ];
}
