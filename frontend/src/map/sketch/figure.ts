/**
 * What is drawn: a circle, or an outline of one or more polygons. WGS-84 degrees, longitude first, and metres.
 *
 * Rings do not repeat their first corner; GeoJSON's do. Pure.
 */
import type { LngLat } from "../gcj02";
import { contains, extentOf, type Extent } from "../polygon";
import { metres } from "./sphere";

export type Ring = readonly LngLat[];
/** Its outer ring, then its holes. */
export type Part = readonly Ring[];

export interface Circle {
  readonly kind: "circle";
  /** Null until it has been set. */
  readonly center: LngLat | null;
  readonly radius: number;
}

export interface Outline {
  readonly kind: "outline";
  readonly parts: readonly Part[];
  /** Still being drawn: the next corner comes after the last of its only ring. */
  readonly open: boolean;
}

export type Figure = Circle | Outline;

export const NO_OUTLINE: Outline = { kind: "outline", parts: [], open: true };
export const FEWEST_CORNERS = 3;
const DECIMALS = 1e6;

/** To six decimals, about a decimetre. */
export function rounded([lng, lat]: LngLat): LngLat {
  return [Math.round(lng * DECIMALS) / DECIMALS, Math.round(lat * DECIMALS) / DECIMALS];
}

export function ringsOf(outline: Outline): Ring[] {
  return outline.parts.flat();
}

/** As the server counts: the first corner of a ring again at its end. */
export function pointsOf(outline: Outline): number {
  return ringsOf(outline).reduce((sum, ring) => sum + ring.length + 1, 0);
}

export function cornersOf(outline: Outline): number {
  return ringsOf(outline).reduce((sum, ring) => sum + ring.length, 0);
}

function isPosition(value: unknown): value is [number, number, ...unknown[]] {
  return Array.isArray(value) && Number.isFinite(value[0]) && Number.isFinite(value[1]);
}

/** Without the first corner again at its end, as other parts of the program have it. */
export function unclosed(ring: Ring): Ring {
  const [first, last] = [ring[0], ring.at(-1)];
  const closed = first !== undefined && last !== undefined && ring.length > 1 && first[0] === last[0] && first[1] === last[1];
  return closed ? ring.slice(0, -1) : ring;
}

function readRing(value: unknown): Ring | null {
  if (!Array.isArray(value) || !value.every(isPosition)) return null;
  const ring = unclosed(value.map(([lng, lat]): LngLat => [lng, lat]));
  return ring.length < FEWEST_CORNERS ? null : ring;
}

function readPart(value: unknown): Part | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const rings = value.map(readRing);
  return rings.includes(null) ? null : (rings as Ring[]);
}

/** A GeoJSON Polygon or MultiPolygon (RFC 7946); null if it is none. */
export function readGeometry(geometry: unknown): Outline | null {
  if (typeof geometry !== "object" || geometry === null) return null;
  const { type, coordinates } = geometry as { type?: unknown; coordinates?: unknown };
  const listed = type === "Polygon" ? [coordinates] : type === "MultiPolygon" && Array.isArray(coordinates) ? coordinates : [];
  const parts = listed.map(readPart);
  return parts.length === 0 || parts.includes(null) ? null : { kind: "outline", parts: parts as Part[], open: false };
}

/** Twice the surface in square degrees, positive if it goes round against the clock. */
function turn(ring: Ring): number {
  return ring.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = ring[(index + 1) % ring.length] ?? [x, y];
    return sum + x * nextY - nextX * y;
  }, 0);
}

/** Closed, rounded, and round as RFC 7946 (3.1.6) wants: the outer ring against the clock, holes with it. */
function written(ring: Ring, hole: boolean): LngLat[] {
  const corners = ring.map(rounded);
  const wound = turn(corners) < 0 === hole ? corners : corners.toReversed();
  return [...wound, ...wound.slice(0, 1)];
}

/** As GeoJSON; null while there are too few corners for a surface. */
export function toGeometry(outline: Outline): Record<string, unknown> | null {
  if (outline.parts.length === 0 || ringsOf(outline).some((ring) => ring.length < FEWEST_CORNERS)) return null;
  const parts = outline.parts.map((part) => part.map((ring, index) => written(ring, index > 0)));
  return parts.length === 1 ? { type: "Polygon", coordinates: parts[0] } : { type: "MultiPolygon", coordinates: parts };
}

/** Says of many points whether they stand in a figure, its border included. */
export function catcher(figure: Figure): (point: LngLat) => boolean {
  if (figure.kind === "circle") {
    const { center, radius } = figure;
    return center === null ? () => false : (point) => metres(center, point) <= radius;
  }
  const parts = figure.parts
    .filter((part) => part.every((ring) => ring.length >= FEWEST_CORNERS))
    .map((part) => ({ part, extent: extentOf(part[0] ?? []) }));
  return (point) => parts.some(({ part, extent }) => within(extent, point) && contains(part, point));
}

function within({ left, right, top, bottom }: Extent, [x, y]: LngLat): boolean {
  return x >= left && x <= right && y >= top && y <= bottom;
}
