/** By which area a console folds: the level just below what it looks at, townships at the coarsest. Pure. */
import type { JurisdictionCode } from "@/feed/types";

const LENGTHS = [9, 12, 15] as const;

/** `scope`: what is looked at, null for all. A code that is no longer than that is its own area. */
export function areaBelow(scope: JurisdictionCode | null): (code: JurisdictionCode) => JurisdictionCode {
  const length = LENGTHS.find((one) => one > (scope?.length ?? 0)) ?? 15;
  return (code) => code.slice(0, length);
}
