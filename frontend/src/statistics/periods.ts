/** The periods one asks for most, as local days. Pure. */

/** Both days included, as YYYY-MM-DD. */
export interface Period {
  readonly since: string;
  readonly until: string;
}

export const PERIODS = ["month", "lastMonth", "quarter", "year", "lastYear"] as const;
export type PeriodName = (typeof PERIODS)[number];

const LONGEST_DAYS = 3 * 366;

function iso(year: number, month: number, day: number): string {
  return new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);
}

/** A period by its name, seen from a local day (YYYY-MM-DD). */
export function periodOf(name: PeriodName, today: string): Period {
  const year = Number(today.slice(0, 4));
  const month = Number(today.slice(5, 7)) - 1;
  switch (name) {
    case "month":
      return { since: iso(year, month, 1), until: today };
    case "lastMonth":
      return { since: iso(year, month - 1, 1), until: iso(year, month, 0) };
    case "quarter":
      return { since: iso(year, month - 2, 1), until: today };
    case "year":
      return { since: iso(year, 0, 1), until: today };
    case "lastYear":
      return { since: iso(year - 1, 0, 1), until: iso(year - 1, 11, 31) };
  }
}

export function isPeriod({ since, until }: Period): boolean {
  const days = (Date.parse(until) - Date.parse(since)) / 86_400_000;
  return days >= 0 && days <= LONGEST_DAYS;
}
