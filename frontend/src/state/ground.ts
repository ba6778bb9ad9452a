/** Ways over the ground. Pure; places are [lng, lat] in degrees WGS-84. */

export type Place = readonly [lng: number, lat: number];

const EARTH_M = 6_371_008.8;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Metres between two places on the sphere, by the haversine. */
export function metresBetween([lng1, lat1]: Place, [lng2, lat2]: Place): number {
  const half =
    Math.sin(radians(lat2 - lat1) / 2) ** 2 +
    Math.cos(radians(lat1)) * Math.cos(radians(lat2)) * Math.sin(radians(lng2 - lng1) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(half)));
}
