/**
 * What keeps an alarm from being annunciated (ISA-18.2): it is recorded and listed, but stands in no active queue,
 * makes no sound and is not escalated. Pure.
 */
import type { Alarm } from "@/feed/types";

export const SILENCES = ["shelved", "out_of_service", "suppressed"] as const;
export type Silence = (typeof SILENCES)[number];

/** The one that a person decided comes first. */
export function silenceOf(alarm: Alarm): Silence | null {
  if (alarm.shelved_until !== null) return "shelved";
  if (alarm.out_of_service) return "out_of_service";
  return alarm.suppressed_by === null ? null : "suppressed";
}

export function isAnnunciated(alarm: Alarm): boolean {
  return silenceOf(alarm) === null;
}
