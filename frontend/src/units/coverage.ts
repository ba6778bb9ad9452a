/** Which part of the scope has somebody to send. Pure. */
import type { Jurisdiction, JurisdictionCode, Unit } from "@/feed/types";
import type { JurisdictionMap } from "@/state/areas";

export interface Cover {
  readonly area: Jurisdiction;
  /** Available and on duty now. */
  readonly ready: number;
  /** In service: on duty, or out for something. */
  readonly inService: number;
  readonly total: number;
}

export function isReady({ status, on_duty }: Unit): boolean {
  return on_duty && status === "available";
}

/** Whose shift has ended while it is out for something is in service until it is back. */
function isInService({ status, on_duty }: Unit): boolean {
  return status !== "out_of_service" && (on_duty || status !== "available");
}

/** The parts one level below the scope, those that have nobody to send first. */
export function coverageOf(
  units: readonly Unit[],
  areas: JurisdictionMap,
  prefix: JurisdictionCode | null,
): readonly Cover[] {
  const covers = partsOf(areas, prefix).map((area): Cover => {
    const own = units.filter(({ code }) => code.startsWith(area.code));
    return {
      area,
      ready: own.filter(isReady).length,
      inService: own.filter(isInService).length,
      total: own.length,
    };
  });
  return covers.sort(
    (a, b) => Number(a.ready > 0) - Number(b.ready > 0) || (a.area.code < b.area.code ? -1 : 1),
  );
}

/** What lies right below the scope; of a scope with a single part, what lies below that. */
function partsOf(areas: JurisdictionMap, prefix: JurisdictionCode | null): readonly Jurisdiction[] {
  const below = (code: JurisdictionCode): readonly Jurisdiction[] =>
    [...areas.values()].filter(({ parent }) => parent === code);
  if (prefix !== null) return below(prefix);
  const tops = [...areas.values()].filter(({ parent }) => parent === null || !areas.has(parent));
  const [only] = tops;
  return tops.length === 1 && only !== undefined ? below(only.code) : tops;
}
