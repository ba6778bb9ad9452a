/** Which incidents a person may mean who looks for another one beside this. Pure. */
import type { Incident } from "@/feed/types";
import { hasText, isOwed } from "./filter";

/** What is nearer than this likely belongs together. */
export const NEAR_M = 2000;
const METRES_OF_A_DEGREE = 111_195;

export interface Choice {
  readonly incident: Incident;
  /** How far away, null where a place is unknown. */
  readonly metres: number | null;
}

type Placed = Pick<Incident, "lat" | "lng">;

/** Metres between two places of one county, where the Earth is flat; null where one is unknown. */
export function metresBetween(one: Placed, other: Placed): number | null {
  if (one.lat === null || one.lng === null || other.lat === null || other.lng === null) return null;
  const shrink = Math.cos((((one.lat + other.lat) / 2) * Math.PI) / 180);
  return METRES_OF_A_DEGREE * Math.hypot(one.lat - other.lat, (one.lng - other.lng) * shrink);
}

export interface Sought {
  readonly beside: Incident;
  /** Ids of those that are no choice. */
  readonly without: ReadonlySet<number>;
  readonly query: string;
  /** Stays at the top, whatever is looked for. */
  readonly chosen: number | null;
  readonly most: number;
}

/** The chosen one; then, of what is looked for, those called so before those that lie there; near, open, new. */
export function choicesOf(incidents: Iterable<Incident>, { beside, without, query, chosen, most }: Sought): readonly Choice[] {
  const isCalled = ({ incident }: Choice): boolean => hasText({ ...incident, place: "" }, query);
  const far = ({ metres }: Choice): number => (metres !== null && metres <= NEAR_M ? metres : Infinity);
  return [...incidents]
    .filter((one) => one.id !== beside.id && !without.has(one.id) && (one.id === chosen || hasText(one, query)))
    .map((incident): Choice => ({ incident, metres: metresBetween(beside, incident) }))
    .sort(
      (a, b) =>
        Number(b.incident.id === chosen) - Number(a.incident.id === chosen) ||
        Number(isCalled(b)) - Number(isCalled(a)) ||
        Math.sign(far(a) - far(b)) || // Infinity - Infinity is no number, and so no difference
        Number(isOwed(b.incident)) - Number(isOwed(a.incident)) ||
        b.incident.id - a.incident.id,
    )
    .slice(0, most);
}
