/** Which incidents the list shows, and in what order. Pure. */
import type { Incident, JurisdictionCode, Severity, Stage } from "@/feed/types";
import { dueOf, type Light, lightOf } from "./light";

/** Stages as a dispatcher thinks of them: what waits for whom. */
export const STAGE_GROUPS = ["open", "waiting", "underway", "checking", "suspended", "ended", "all"] as const;
export type StageGroup = (typeof STAGE_GROUPS)[number];

export interface IncidentFilter {
  /** Empty means every severity. */
  readonly severities: readonly Severity[];
  readonly group: StageGroup;
  /** Only those that a jurisdiction of my posts is responsible for. */
  readonly ours: boolean;
  readonly overdue: boolean;
  readonly supervised: boolean;
  /** A unit did not come, and nobody was sent in its place. */
  readonly redispatch: boolean;
  readonly text: string;
}

/** Everything that somebody still owes something for. */
export const OPEN: IncidentFilter = {
  severities: [],
  group: "open",
  ours: false,
  overdue: false,
  supervised: false,
  redispatch: false,
  text: "",
};

const GROUP_OF: Readonly<Record<Stage, StageGroup>> = {
  reported: "waiting",
  accepted: "waiting",
  dispatched: "underway",
  in_progress: "underway",
  handled: "checking",
  verified: "checking",
  suspended: "suspended",
  closed: "ended",
  rejected: "ended",
  archived: "ended",
  merged: "ended",
};

export function groupOf(stage: Stage): StageGroup {
  return GROUP_OF[stage];
}

/** Whether somebody still owes something. */
export function isOwed({ stage }: Pick<Incident, "stage">): boolean {
  return GROUP_OF[stage] !== "ended";
}

/** Whether it has left the consoles: what is in the records is read, not written to. */
export function isInRecords({ stage }: Pick<Incident, "stage">): boolean {
  return stage === "archived" || stage === "merged";
}

/** Whether it looks like one that is still open: of one that has ended or lies elsewhere nothing is said. */
export function seemsToRepeat({ repeats, stage }: Incident, known: ReadonlyMap<number, Incident>): boolean {
  const other = repeats === null ? undefined : known.get(repeats);
  return other !== undefined && isOwed(other) && isOwed({ stage });
}

export function isFiltering(filter: IncidentFilter): boolean {
  return (
    filter.severities.length > 0 ||
    filter.group !== "open" ||
    filter.ours ||
    filter.overdue ||
    filter.supervised ||
    filter.redispatch ||
    filter.text.trim() !== ""
  );
}

function inGroup(incident: Incident, group: StageGroup): boolean {
  if (group === "all") return true;
  return group === "open" ? isOwed(incident) : GROUP_OF[incident.stage] === group;
}

/** Its number, title or place; the `#` before a short number is no part of it. */
export function hasText({ number, title, place }: Incident, text: string): boolean {
  const wanted = text.trim().replace(/^#/, "").toLowerCase();
  return [number, title, place].some((part) => part.toLowerCase().includes(wanted));
}

/** Who looks: the codes of their posts, and the server's time. */
export interface Viewer {
  readonly codes: ReadonlySet<JurisdictionCode>;
  readonly now: number;
}

export function matches(incident: Incident, filter: IncidentFilter, { codes, now }: Viewer): boolean {
  return (
    (filter.severities.length === 0 || filter.severities.includes(incident.severity)) &&
    inGroup(incident, filter.group) &&
    (!filter.ours || codes.has(incident.owner)) &&
    (!filter.overdue || lightOf(incident, now) === "red") &&
    (!filter.supervised || incident.supervised > 0) &&
    (!filter.redispatch || incident.redispatch !== null) &&
    hasText(incident, filter.text)
  );
}

const RANK: Readonly<Record<Light, number>> = { red: 0, yellow: 1, green: 2 };
const UNLIT = 3;

function rankOf(incident: Incident, now: number): number {
  const light = lightOf(incident, now);
  if (light !== null) return RANK[light];
  return isOwed(incident) ? UNLIT : UNLIT + 1;
}

/** By light, then severity, then what is due first; what has ended comes last, the newest first. */
export function arrange(incidents: Iterable<Incident>, filter: IncidentFilter, viewer: Viewer): Incident[] {
  return [...incidents]
    .filter((incident) => matches(incident, filter, viewer))
    .map((incident) => ({ incident, rank: rankOf(incident, viewer.now) }))
    .sort(
      (a, b) =>
        a.rank - b.rank ||
        a.incident.severity - b.incident.severity ||
        byDue(a.incident, b.incident) ||
        b.incident.id - a.incident.id,
    )
    .map(({ incident }) => incident);
}

/** ISO-8601 UTC of one format sorts as text. */
function byDue(a: Incident, b: Incident): number {
  const [one, other] = [dueOf(a), dueOf(b)];
  if (one === other || one === null || other === null) return 0;
  return one < other ? -1 : 1;
}

export interface IncidentFigures {
  readonly open: number;
  readonly overdue: number;
  readonly supervised: number;
  readonly redispatch: number;
}

export function figuresOf(incidents: Iterable<Incident>, now: number): IncidentFigures {
  let [open, overdue, supervised, redispatch] = [0, 0, 0, 0];
  for (const incident of incidents) {
    if (!isOwed(incident)) continue;
    open += 1;
    if (lightOf(incident, now) === "red") overdue += 1;
    if (incident.supervised > 0) supervised += 1;
    if (incident.redispatch !== null) redispatch += 1;
  }
  return { open, overdue, supervised, redispatch };
}
