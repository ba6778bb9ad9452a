/** The two requests of the map, both to this host. */
import { parseAreas, type Area } from "./areas";
import type { MapConfig } from "./config";

async function getJson(path: string, signal: AbortSignal): Promise<unknown> {
  // `no-cache` asks every time but with the stored ETag, so unchanged areas cost a 304.
  const response = await fetch(`/api/v1${path}`, { cache: "no-cache", credentials: "same-origin", signal });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

export async function fetchAreas(signal: AbortSignal): Promise<Area[]> {
  return parseAreas(await getJson("/jurisdictions/areas", signal));
}

export async function fetchMapConfig(signal: AbortSignal): Promise<MapConfig> {
  return (await getJson("/map", signal)) as MapConfig;
}
