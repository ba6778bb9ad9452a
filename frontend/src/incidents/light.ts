/** 红黄绿灯: how the time of an incident's stage stands. Pure; `now` is the server's, in ms. */
import type { Incident } from "@/feed/types";

export type Light = "red" | "yellow" | "green";
type Clocked = Pick<Incident, "warn_at" | "due_at">;

/** null while no clock runs: suspended, closed, or a stage without a limit. */
export function lightOf({ warn_at, due_at }: Clocked, now: number): Light | null {
  if (due_at === null) return null;
  if (now >= Date.parse(due_at)) return "red";
  return warn_at !== null && now >= Date.parse(warn_at) ? "yellow" : "green";
}

/** Milliseconds to the due time, negative when it is over; null while no clock runs. */
export function leftOf({ due_at }: Clocked, now: number): number | null {
  return due_at === null ? null : Date.parse(due_at) - now;
}

/** Whether any light has changed from one moment to the other. */
export function lightsChanged(incidents: Iterable<Clocked>, from: number, to: number): boolean {
  if (from === to) return false;
  for (const incident of incidents) if (lightOf(incident, from) !== lightOf(incident, to)) return true;
  return false;
}
