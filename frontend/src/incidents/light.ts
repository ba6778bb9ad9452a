/** 红黄绿灯: how the time of an incident stands: of its stage, and of the most urgent order from above. Pure. */
import type { Incident } from "@/feed/types";

export type Light = "red" | "yellow" | "green";
export type Clocked = Pick<Incident, "warn_at" | "due_at" | "order_warn_at" | "order_due_at">;

const BY_GRAVITY: readonly Light[] = ["red", "yellow", "green"];

function lampOf(warn: string | null, due: string | null, now: number): Light | null {
  if (due === null) return null;
  if (now >= Date.parse(due)) return "red";
  return warn !== null && now >= Date.parse(warn) ? "yellow" : "green";
}

/** The graver of the two; null while neither clock runs. `now` is the server's, in ms. */
export function lightOf({ warn_at, due_at, order_warn_at, order_due_at }: Clocked, now: number): Light | null {
  const lamps = [lampOf(warn_at, due_at, now), lampOf(order_warn_at, order_due_at, now)];
  return BY_GRAVITY.find((light) => lamps.includes(light)) ?? null;
}

/** What is due first: the stage, or what was ordered. ISO-8601 UTC of one format sorts as text. */
export function dueOf({ due_at, order_due_at }: Pick<Clocked, "due_at" | "order_due_at">): string | null {
  if (due_at === null || order_due_at === null) return due_at ?? order_due_at;
  return due_at < order_due_at ? due_at : order_due_at;
}

/** Milliseconds to what is due first, negative when it is over; null while no clock runs. */
export function leftOf(incident: Pick<Clocked, "due_at" | "order_due_at">, now: number): number | null {
  const due = dueOf(incident);
  return due === null ? null : Date.parse(due) - now;
}

/** Whether any light has changed from one moment to the other. */
export function lightsChanged(incidents: Iterable<Clocked>, from: number, to: number): boolean {
  if (from === to) return false;
  for (const incident of incidents) if (lightOf(incident, from) !== lightOf(incident, to)) return true;
  return false;
}
