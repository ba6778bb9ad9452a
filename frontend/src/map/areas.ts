/** Jurisdiction areas: what the back end sends, checked once, and what the map needs of them at a zoom. */
import { JURISDICTION_LEVELS, type JurisdictionLevel } from "@/feed/types";

import type { Projection } from "./crs";
import type { LngLat } from "./gcj02";
import { toWorld, type WorldPoint } from "./mercator";
import { contains, extentOf, labelAnchor, type Extent, type Polygon } from "./polygon";

export interface Area {
  readonly code: string;
  readonly name: string;
  readonly level: JurisdictionLevel;
  /** The outline is a drawing aid, not a surveyed border. */
  readonly illustrative: boolean;
  /** WGS-84; every polygon is its outer ring followed by its holes. */
  readonly polygons: readonly (readonly (readonly LngLat[])[])[];
}

/** An area in world pixels of the map's coordinate system. */
export interface DrawnArea {
  readonly area: Area;
  readonly polygons: readonly { readonly rings: Polygon; readonly extent: Extent }[];
  /** Of its largest polygon, which is the one that bears the name. */
  readonly main: Polygon;
  readonly extent: Extent;
  readonly anchor: WorldPoint | null;
}

export class AreasFormatError extends Error {}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsePosition(value: unknown): LngLat {
  if (!Array.isArray(value)) throw new AreasFormatError("a position is not an array");
  const [lng, lat] = value as unknown[];
  if (typeof lng !== "number" || typeof lat !== "number")
    throw new AreasFormatError("a position is not two numbers");
  return [lng, lat];
}

function parseRings(value: unknown): LngLat[][] {
  if (!Array.isArray(value)) throw new AreasFormatError("a polygon has no rings");
  return value.map((ring: unknown) => {
    if (!Array.isArray(ring)) throw new AreasFormatError("a ring is not an array");
    return ring.map(parsePosition);
  });
}

function parseGeometry(geometry: unknown): LngLat[][][] {
  if (!isRecord(geometry)) return [];
  if (geometry["type"] === "Polygon") return [parseRings(geometry["coordinates"])];
  if (geometry["type"] === "MultiPolygon" && Array.isArray(geometry["coordinates"])) {
    return geometry["coordinates"].map(parseRings);
  }
  return [];
}

/** Reads `GET /jurisdictions/areas`; a feature without an outline is left out, anything malformed throws. */
export function parseAreas(body: unknown): Area[] {
  if (!isRecord(body) || !Array.isArray(body["features"]))
    throw new AreasFormatError("not a FeatureCollection");
  return body["features"].flatMap((feature: unknown): Area[] => {
    const properties = isRecord(feature) ? feature["properties"] : null;
    if (!isRecord(feature) || !isRecord(properties))
      throw new AreasFormatError("a feature has no properties");
    const { code, name, level, illustrative } = properties;
    if (typeof code !== "string" || typeof name !== "string")
      throw new AreasFormatError("an area has no code or name");
    const known = JURISDICTION_LEVELS.find((candidate) => candidate === level);
    if (known === undefined) throw new AreasFormatError(`area ${code} has an unknown level`);
    const polygons = parseGeometry(feature["geometry"]);
    return polygons.length === 0
      ? []
      : [{ code, name, level: known, illustrative: illustrative === true, polygons }];
  });
}

function surface({ left, top, right, bottom }: Extent): number {
  return (right - left) * (bottom - top);
}

export function drawArea(area: Area, projection: Projection): DrawnArea | null {
  const polygons = area.polygons.map((polygon) => {
    const rings = polygon.map((ring) => ring.map((position) => toWorld(projection.toMap(position))));
    return { rings, extent: extentOf(rings[0] ?? []) };
  });
  const [main] = [...polygons].sort((a, b) => surface(b.extent) - surface(a.extent));
  if (main === undefined) return null;
  return { area, polygons, main: main.rings, extent: main.extent, anchor: labelAnchor(main.rings) };
}

/** A level's lines appear once its typical area is this many pixels across; below, they would be a mesh. */
const LEGIBLE_PX = 64;

/** The levels worth drawing when one world pixel is `scale` screen pixels; the topmost one always is. */
export function visibleLevels(drawn: readonly DrawnArea[], scale: number): Set<JurisdictionLevel> {
  const visible = new Set<JurisdictionLevel>();
  for (const level of JURISDICTION_LEVELS) {
    const sizes = drawn
      .filter(({ area }) => area.level === level)
      .map(({ extent }) => Math.sqrt(surface(extent)) * scale)
      .sort((a, b) => a - b);
    const median = sizes[sizes.length >> 1];
    if (median !== undefined && (visible.size === 0 || median >= LEGIBLE_PX)) visible.add(level);
  }
  return visible;
}

/** Villages are many and small: a few places do. A township's name looks further for a gap between the clusters. */
const FEW_PLACES: ReadonlySet<JurisdictionLevel> = new Set(["village", "grid"]);

/** From minus to plus `reach` in steps. */
function around(reach: number, step: number): number[] {
  const steps = Math.round(reach / step);
  return Array.from({ length: 2 * steps + 1 }, (_, index) => (index - steps) * step);
}

/**
 * Centres, in screen-scaled world pixels, at which a name of this size lies inside its area; empty if it fits nowhere.
 * The best place first, then a few around it, for when something else is there.
 */
export function namePlaces(drawn: DrawnArea, scale: number, width: number, height: number): WorldPoint[] {
  const { anchor, main } = drawn;
  if (anchor === null) return [];
  const [x, y] = [anchor[0] * scale, anchor[1] * scale];
  const few = FEW_PLACES.has(drawn.area.level);
  const rows = few ? around(6, 1.5) : around(9, 0.75);
  const columns = few ? around(1.2, 0.6) : around(1.8, 0.3);
  const candidates = rows
    .flatMap((row) => columns.map((column): WorldPoint => [x + column * width, y + row * height]))
    .sort((a, b) => Math.hypot(a[0] - x, a[1] - y) - Math.hypot(b[0] - x, b[1] - y));
  return candidates.filter(([cx, cy]) =>
    [-0.5, 0, 0.5].every((side) => contains(main, [(cx + side * width) / scale, cy / scale])),
  );
}

/** The smallest drawn area that holds a point: what a click means. */
export function areaAt(
  drawn: readonly DrawnArea[],
  levels: ReadonlySet<JurisdictionLevel>,
  point: WorldPoint,
): Area | null {
  const [x, y] = point;
  let found: Area | null = null;
  for (const { area, polygons } of drawn) {
    if (!levels.has(area.level) || (found !== null && area.code.length <= found.code.length)) continue;
    const inside = polygons.some(
      ({ rings, extent: { left, top, right, bottom } }) =>
        x >= left && x <= right && y >= top && y <= bottom && contains(rings, point),
    );
    if (inside) found = area;
  }
  return found;
}

/** The names from the widest area down to the one given. */
export function pathOf(areas: readonly Area[], area: Area): string[] {
  return areas
    .filter(({ code }) => area.code.startsWith(code))
    .sort((a, b) => a.code.length - b.code.length)
    .map(({ name }) => name);
}

/** Matches by name or by the start of the code; the wider area first, then by code. */
export function searchAreas(areas: readonly Area[], query: string, limit = 8): Area[] {
  const words = query.trim().toLowerCase();
  if (words === "") return [];
  const rank = (area: Area): number => {
    if (area.code === words || area.name.toLowerCase() === words) return 0;
    if (area.name.toLowerCase().startsWith(words)) return 1;
    if (area.code.startsWith(words)) return 2;
    return area.name.toLowerCase().includes(words) ? 3 : Infinity;
  };
  return areas
    .map((area) => ({ area, rank: rank(area) }))
    .filter((hit) => hit.rank < Infinity)
    .sort(
      (a, b) =>
        a.rank - b.rank || a.area.code.length - b.area.code.length || (a.area.code < b.area.code ? -1 : 1),
    )
    .slice(0, limit)
    .map(({ area }) => area);
}
