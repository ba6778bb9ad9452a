/**
 * GCJ-02, the offset that Chinese map publishers must apply to WGS-84 positions.
 *
 * Positions in the system are WGS-84. A tile layer published in GCJ-02 shows everything a few hundred metres off, so
 * what is drawn over it is shifted with `wgs84ToGcj02`, and what is read from it is shifted back with `gcj02ToWgs84`.
 * The formula is the published one over the Krasovsky 1940 ellipsoid; its inverse has no closed form and is iterated.
 */
export type LngLat = readonly [lng: number, lat: number];

const SEMI_MAJOR_AXIS_M = 6378245.0;
const ECCENTRICITY_SQUARED = 0.00669342162296594323;
const INVERSE_TOLERANCE_DEG = 1e-9;
const INVERSE_MAX_ROUNDS = 20;

/** The offset is applied inside this rectangle only; the publishers use the same coarse test. */
export function isInsideOffsetArea([lng, lat]: LngLat): boolean {
  return lng >= 72.004 && lng <= 137.8347 && lat >= 0.8293 && lat <= 55.8271;
}

function wave(value: number, terms: readonly (readonly [amplitude: number, divisor: number])[]): number {
  let sum = 0;
  for (const [amplitude, divisor] of terms) sum += amplitude * Math.sin((value / divisor) * Math.PI);
  return (sum * 2) / 3;
}

function offset([lng, lat]: LngLat): [dLng: number, dLat: number] {
  const x = lng - 105;
  const y = lat - 35;
  const shared = wave(x, [
    [20, 1 / 6],
    [20, 1 / 2],
  ]);
  const north =
    -100 +
    2 * x +
    3 * y +
    0.2 * y * y +
    0.1 * x * y +
    0.2 * Math.sqrt(Math.abs(x)) +
    shared +
    wave(y, [
      [20, 1],
      [40, 3],
    ]) +
    wave(y, [
      [160, 12],
      [320, 30],
    ]);
  const east =
    300 +
    x +
    2 * y +
    0.1 * x * x +
    0.1 * x * y +
    0.1 * Math.sqrt(Math.abs(x)) +
    shared +
    wave(x, [
      [20, 1],
      [40, 3],
    ]) +
    wave(x, [
      [150, 12],
      [300, 30],
    ]);
  const phi = (lat / 180) * Math.PI;
  const w2 = 1 - ECCENTRICITY_SQUARED * Math.sin(phi) ** 2;
  const w = Math.sqrt(w2);
  const metresPerDegreeLat = ((SEMI_MAJOR_AXIS_M * (1 - ECCENTRICITY_SQUARED)) / (w2 * w)) * (Math.PI / 180);
  const metresPerDegreeLng = (SEMI_MAJOR_AXIS_M / w) * Math.cos(phi) * (Math.PI / 180);
  return [east / metresPerDegreeLng, north / metresPerDegreeLat];
}

/** Degrees in, degrees out; positions outside the offset area come back unchanged. */
export function wgs84ToGcj02(position: LngLat): LngLat {
  if (!isInsideOffsetArea(position)) return position;
  const [dLng, dLat] = offset(position);
  return [position[0] + dLng, position[1] + dLat];
}

/** Inverse by fixed-point iteration; good to about 1e-9 degrees (0.1 mm), far below what any device reports. */
export function gcj02ToWgs84(position: LngLat): LngLat {
  if (!isInsideOffsetArea(position)) return position;
  let [lng, lat] = position;
  for (let round = 0; round < INVERSE_MAX_ROUNDS; round++) {
    const [dLng, dLat] = offset([lng, lat]);
    const nextLng = position[0] - dLng;
    const nextLat = position[1] - dLat;
    const moved = Math.max(Math.abs(nextLng - lng), Math.abs(nextLat - lat));
    lng = nextLng;
    lat = nextLat;
    if (moved < INVERSE_TOLERANCE_DEG) break;
  }
  return [lng, lat];
}
