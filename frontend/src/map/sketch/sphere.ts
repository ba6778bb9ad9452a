/** Distances on the sphere, as the rules reckon them (`iot_bridge/rules/engine/places.py`). Degrees and metres. */
import type { LngLat } from "../gcj02";

export const EARTH_M = 6_371_008.8;
const RADIANS = Math.PI / 180;

/** Great-circle distance. */
export function metres([lngA, latA]: LngLat, [lngB, latB]: LngLat): number {
  const part =
    Math.sin(((latB - latA) * RADIANS) / 2) ** 2 +
    Math.cos(latA * RADIANS) * Math.cos(latB * RADIANS) * Math.sin(((lngB - lngA) * RADIANS) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(part)));
}

/** Where one comes to from a point, `bearing` degrees clockwise from north. */
export function destination([lng, lat]: LngLat, bearing: number, distance: number): LngLat {
  const [phi, way, turn] = [lat * RADIANS, distance / EARTH_M, bearing * RADIANS];
  const there = Math.asin(Math.sin(phi) * Math.cos(way) + Math.cos(phi) * Math.sin(way) * Math.cos(turn));
  const east = Math.atan2(
    Math.sin(turn) * Math.sin(way) * Math.cos(phi),
    Math.cos(way) - Math.sin(phi) * Math.sin(there),
  );
  return [lng + east / RADIANS, there / RADIANS];
}

/** Degrees clockwise from north in which one sets out from the first to the second. */
export function bearing([lngA, latA]: LngLat, [lngB, latB]: LngLat): number {
  const [a, b, east] = [latA * RADIANS, latB * RADIANS, (lngB - lngA) * RADIANS];
  const x = Math.sin(east) * Math.cos(b);
  const y = Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(east);
  return (Math.atan2(x, y) / RADIANS + 360) % 360;
}

const CIRCLE_CORNERS = 96;

/** A circle as a ring. */
export function circleRing(center: LngLat, radius: number): LngLat[] {
  return Array.from({ length: CIRCLE_CORNERS }, (_, index) => destination(center, (index * 360) / CIRCLE_CORNERS, radius));
}
