/** What the records are searched by, and what is asked of the server. Pure. */
import type { Query } from "@/api/client";
import type { IncidentSource, JurisdictionCode, Severity, Stage } from "@/feed/types";

export interface Conditions {
  readonly text: string;
  readonly category: string;
  /** Null: wherever one's posts reach. */
  readonly code: JurisdictionCode | null;
  readonly stage: Stage | "";
  /** Null means any. */
  readonly severity: Severity | null;
  readonly source: IncidentSource | "";
  readonly unit: string;
  /** Local days, YYYY-MM-DD, both included; empty means unbounded. */
  readonly since: string;
  readonly until: string;
  readonly callback: boolean;
  readonly supervised: boolean;
}

export const ANY: Conditions = {
  text: "",
  category: "",
  code: null,
  stage: "",
  severity: null,
  source: "",
  unit: "",
  since: "",
  until: "",
  callback: false,
  supervised: false,
};

export function isNarrowed(conditions: Conditions): boolean {
  return (Object.keys(ANY) as (keyof Conditions)[]).some((name) => conditions[name] !== ANY[name]);
}

export function isPeriod({ since, until }: Pick<Conditions, "since" | "until">): boolean {
  return since === "" || until === "" || since <= until;
}

/** The moment at which a local day of this machine begins, `days` later. */
function dawn(day: string, days = 0): string | null {
  if (day === "") return null;
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + days).toISOString();
}

/** The query of `/incidents`; what is empty in it is not asked. */
export function queryOf(conditions: Conditions): Query {
  const { text, category, code, stage, severity, source, unit, since, until, callback, supervised } = conditions;
  return {
    text: text.trim(),
    category,
    code,
    stage,
    severity,
    source,
    unit,
    since: dawn(since),
    until: dawn(until, 1),
    callback: callback || null,
    supervised: supervised || null,
  };
}
