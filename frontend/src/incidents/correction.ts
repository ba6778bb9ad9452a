/** What is typed into the correction of an incident: only what differs is kept, and only that is sent. Pure. */
import type { Incident, Severity } from "@/feed/types";
import { SEVERITIES } from "@/feed/types";
import type { Draft } from "./drafts";

export interface Facts {
  readonly title: string;
  readonly category: string;
  readonly severity: Severity;
  readonly place: string;
  readonly description: string;
  readonly lat: number | null;
  readonly lng: number | null;
}

export function factsOf(incident: Incident, description: string): Facts {
  const { title, category, severity, place, lat, lng } = incident;
  return { title, category, severity, place, description, lat, lng };
}

export function changedIn(before: Facts, now: Facts): Partial<Facts> {
  return Object.fromEntries(
    Object.entries(now).filter(([name, value]) => value !== before[name as keyof Facts]),
  ) as Partial<Facts>;
}

/** The change as a draft keeps it: texts. */
export function asDraft(before: Facts, now: Facts): Draft {
  return Object.fromEntries(Object.entries(changedIn(before, now)).map(([name, value]) => [name, String(value ?? "")]));
}

/** The facts as they are, with what was typed before. What a draft holds besides, or wrong, does not count. */
export function withTyped(before: Facts, { title, category, severity, place, description, lat, lng }: Draft): Facts {
  const level = SEVERITIES.find((one) => String(one) === severity);
  const at = lat === undefined || lng === undefined ? null : ([Number(lat), Number(lng)] as const);
  return {
    title: title ?? before.title,
    category: category ?? before.category,
    severity: level ?? before.severity,
    place: place ?? before.place,
    description: description ?? before.description,
    ...(at === null || !at.every(Number.isFinite) ? { lat: before.lat, lng: before.lng } : { lat: at[0], lng: at[1] }),
  };
}
