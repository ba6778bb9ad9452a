/** Where the phone is, once, because the person asked; and the way to a place. */
/** Degrees, WGS-84. */
export interface Position {
  readonly lat: number;
  readonly lng: number;
}

export interface Located extends Position {
  readonly accuracy: number;
}

export type NotLocated = "denied" | "failed";

/** First what is exact and fresh; indoors, what is known of the last two minutes. */
const TRIES: readonly PositionOptions[] = [
  { enableHighAccuracy: true, timeout: 10_000, maximumAge: 30_000 },
  { enableHighAccuracy: false, timeout: 5_000, maximumAge: 120_000 },
];

/** Where it is now, and not where it was: a phone that lies still may tell nothing newer than some seconds. */
export const AT_THIS_MOMENT: readonly PositionOptions[] = [
  { enableHighAccuracy: true, timeout: 8_000, maximumAge: 5_000 },
  { enableHighAccuracy: true, timeout: 8_000, maximumAge: 20_000 },
];

export async function locate(tries = TRIES): Promise<Located | NotLocated> {
  if (!("geolocation" in navigator)) return "failed";
  let found: Located | NotLocated = "failed";
  for (const options of tries) {
    found = await ask(options);
    if (found !== "failed") break;
  }
  return found;
}

/** Where it is, or null: for what is complete without a place. */
export async function placeOrNone(): Promise<Position | null> {
  const found = await locate();
  return typeof found === "string" ? null : { lat: found.lat, lng: found.lng };
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

/** A link that opens the phone's own map; Apple's does not know `geo:`. */
export function navigationLink({ lat, lng }: Position, name: string, agent: string): string {
  const place = `${lat.toFixed(6)},${lng.toFixed(6)}`;
  const label = encodeURIComponent(name);
  return /iPhone|iPad|iPod/.test(agent)
    ? `maps:?q=${label}&ll=${place}`
    : `geo:${place}?q=${place}(${label})`;
}
