/** What a console says of the outages that last. Pure. */
import type { JurisdictionCode, Outage } from "@/feed/types";

export interface Told {
  /** Nothing at all is heard from a subtree: the earliest of them. */
  readonly wide: Outage | null;
  /** Silent places that no wide one covers, the latest first. */
  readonly sites: readonly Outage[];
}

/** Whether an outage concerns whoever looks at a scope (null: all they have): it lies in it, or over it. */
export function concerns(outage: Outage, prefix: JurisdictionCode | null): boolean {
  return prefix === null || outage.code.startsWith(prefix) || prefix.startsWith(outage.code);
}

export function told(outages: readonly Outage[], prefix: JurisdictionCode | null): Told {
  const here = outages.filter((outage) => concerns(outage, prefix));
  const wide = here.filter(({ cause }) => cause !== "site_silent").sort((a, b) => (a.since < b.since ? -1 : 1));
  const sites = here
    .filter((outage) => outage.cause === "site_silent" && !wide.some(({ code }) => outage.code.startsWith(code)))
    .sort((a, b) => (a.since > b.since ? -1 : 1));
  return { wide: wide[0] ?? null, sites };
}

/** Whether an outage and a stretch of time share a moment; `until` null is now. */
export function overlaps(outage: Outage, since: string, until: string | null): boolean {
  return (until === null || outage.since < until) && (outage.until === null || outage.until > since);
}
