/** The order of units in the list: those one can send come first. Pure. */
import { type Unit, UNIT_KINDS, UNIT_STATUSES } from "@/feed/types";

export function orderUnits(units: readonly Unit[]): readonly Unit[] {
  return [...units].sort(
    (a, b) =>
      UNIT_STATUSES.indexOf(a.status) - UNIT_STATUSES.indexOf(b.status) ||
      UNIT_KINDS.indexOf(a.kind) - UNIT_KINDS.indexOf(b.kind) ||
      a.name.localeCompare(b.name, "zh-Hans"),
  );
}
