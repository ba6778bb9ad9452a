/** Where the phone is, once, because the person asked. */
import type { Position } from "../types";

export interface Located extends Position {
  readonly accuracy: number;
}

export type NotLocated = "denied" | "failed";

/** First what is exact and fresh; indoors, what is known of the last two minutes. */
const TRIES: readonly PositionOptions[] = [
  { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 },
  { enableHighAccuracy: false, timeout: 5_000, maximumAge: 120_000 },
];

export async function locate(): Promise<Located | NotLocated> {
  if (!("geolocation" in navigator)) return "failed";
  let found: Located | NotLocated = "failed";
  for (const options of TRIES) {
    found = await ask(options);
    if (found !== "failed") break;
  }
  return found;
}

function ask(options: PositionOptions): Promise<Located | NotLocated> {
  return new Promise((resolve) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        resolve({ lat: coords.latitude, lng: coords.longitude, accuracy: coords.accuracy });
      },
      ({ code, PERMISSION_DENIED }) => {
        resolve(code === PERMISSION_DENIED ? "denied" : "failed");
      },
      options,
    );
  });
}
