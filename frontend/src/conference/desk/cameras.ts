/** Cameras that may be shown in the room: where they are looked for, and how far they stand. Pure. */
import type { components } from "@generated/api";
import type { FeedState } from "@/feed/reduce";
import type { About } from "../state/types";

type Schemas = components["schemas"];
export type CameraChoice = Schemas["CameraChoice"];
export type CameraChoices = Schemas["CameraChoices"];

export interface Near {
  readonly lat?: number;
  readonly lng?: number;
  readonly code?: string;
}

/** The place that the conference is about, as far as this console knows it. */
export function nearOf(about: About, state: FeedState): Near {
  const found = about.kind === "incident" ? state.incidents.get(Number(about.id)) : about.kind === "alarm" ? state.alarms.get(Number(about.id)) : undefined;
  const lat = found?.lat ?? null;
  const lng = found?.lng ?? null;
  if (lat !== null && lng !== null) return { lat, lng };
  return about.code === "" ? {} : { code: about.code };
}

/** Metres up to a kilometre, in tens; then kilometres. */
export function distanceOf(metres: number): { readonly unit: "metres" | "kilometres"; readonly n: number } {
  return metres < 995 ? { unit: "metres", n: Math.max(10, Math.round(metres / 10) * 10) } : { unit: "kilometres", n: Math.round(metres / 100) / 10 };
}
