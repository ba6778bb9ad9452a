/** Spherical Mercator in Leaflet's pixels at zoom 0 (one tile of 256); times 2^zoom gives world pixels. */
import type { LngLat } from "./gcj02";

export type WorldPoint = readonly [x: number, y: number];

const MAX_LATITUDE = 85.0511287798;

export function toWorld([lng, lat]: LngLat): WorldPoint {
  const phi = (Math.max(-MAX_LATITUDE, Math.min(MAX_LATITUDE, lat)) * Math.PI) / 180;
  return [256 * (lng / 360 + 0.5), 256 * (0.5 - Math.log(Math.tan(Math.PI / 4 + phi / 2)) / (2 * Math.PI))];
}

export function fromWorld([x, y]: WorldPoint): LngLat {
  const phi = 2 * Math.atan(Math.exp((0.5 - y / 256) * 2 * Math.PI)) - Math.PI / 2;
  return [(x / 256 - 0.5) * 360, (phi * 180) / Math.PI];
}
