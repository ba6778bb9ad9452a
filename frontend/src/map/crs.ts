/** The coordinate system that the map is drawn in, chosen by the tile layer; without tiles it is WGS-84. */
import { gcj02ToWgs84, wgs84ToGcj02, type LngLat } from "./gcj02";

export type Crs = "WGS84" | "GCJ02";

export interface Projection {
  readonly crs: Crs;
  /** From the system's WGS-84 to what is drawn. */
  readonly toMap: (position: LngLat) => LngLat;
  /** From what is drawn back to WGS-84. */
  readonly toWgs84: (position: LngLat) => LngLat;
}

const same = (position: LngLat): LngLat => position;

const PROJECTIONS: Readonly<Record<Crs, Projection>> = {
  WGS84: { crs: "WGS84", toMap: same, toWgs84: same },
  GCJ02: { crs: "GCJ02", toMap: wgs84ToGcj02, toWgs84: gcj02ToWgs84 },
};

export function projectionOf(crs: Crs): Projection {
  return PROJECTIONS[crs];
}
