/** `GET /api/v1/map`: tile layers (none by default) and where the map starts. */
import type { Crs } from "./crs";

export interface TileLayerConfig {
  readonly id: string;
  readonly name: string;
  /** A template with {x} {y} {z} and perhaps {s}; for WMTS the back end has already written the KVP request. */
  readonly url: string;
  readonly kind: "xyz" | "wmts";
  /** `overlay` lies over a base layer, such as the names of 天地图 over its picture. */
  readonly role: "base" | "overlay";
  readonly crs: Crs;
  readonly attribution: string;
  readonly subdomains: readonly string[];
  readonly max_zoom: number;
}

export interface MapConfig {
  readonly layers: readonly TileLayerConfig[];
  readonly center: readonly [lat: number, lng: number] | null;
  readonly zoom: number | null;
  readonly min_zoom: number;
  readonly max_zoom: number;
  readonly bounds:
    readonly [southWest: readonly [number, number], northEast: readonly [number, number]] | null;
}

export const NO_TILES: MapConfig = {
  layers: [],
  center: null,
  zoom: null,
  min_zoom: 3,
  max_zoom: 18,
  bounds: null,
};

/** Overlays that fit over the chosen base: drawn in another coordinate system they would lie beside it. */
export function fittingOverlays(config: MapConfig, base: TileLayerConfig | null): TileLayerConfig[] {
  if (base === null) return [];
  return config.layers.filter((layer) => layer.role === "overlay" && layer.crs === base.crs);
}

/** The base layer to show: the remembered one if it still exists, else the first configured, else none. */
export function chooseBase(config: MapConfig, remembered: string | null | undefined): TileLayerConfig | null {
  if (remembered === null) return null;
  const bases = config.layers.filter((layer) => layer.role === "base");
  return bases.find((layer) => layer.id === remembered) ?? bases[0] ?? null;
}
