/** Small questions of the form that registers a waiting device. */
import type { PendingDevice } from "@/api/types";

/** Degrees as typed: null for nothing, undefined for what is no number within ±limit. */
export function readDegrees(text: string, limit: number): number | null | undefined {
  const word = text.trim();
  if (word === "") return null;
  const degrees = Number(word);
  return Number.isFinite(degrees) && Math.abs(degrees) <= limit ? degrees : undefined;
}

/** An id for the device from what its maker calls it: what a topic cannot carry becomes a hyphen. */
export function suggestedId({ codec, external_id: name }: Pick<PendingDevice, "codec" | "external_id">): string {
  if (codec === "canonical") return name;
  const id = name.replace(/[^A-Za-z0-9_.-]+/g, "-").replace(/^[^A-Za-z0-9]+|-+$/g, "");
  return id.slice(0, 64);
}
