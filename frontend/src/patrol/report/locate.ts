/** Where the phone is, once, because the person asked. */
import type { Position } from "../types";

export interface Located extends Position {
  readonly accuracy: number;
}

export type NotLocated = "denied" | "failed";

const TIMEOUT_MS = 20_000;

export function locate(): Promise<Located | NotLocated> {
  if (!("geolocation" in navigator)) return Promise.resolve("failed");
  return new Promise((resolve) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        resolve({ lat: coords.latitude, lng: coords.longitude, accuracy: coords.accuracy });
      },
      ({ code, PERMISSION_DENIED }) => {
        resolve(code === PERMISSION_DENIED ? "denied" : "failed");
      },
      { enableHighAccuracy: true, timeout: TIMEOUT_MS, maximumAge: 30_000 },
    );
  });
}
