/** 接报→派遣→接令→到场→处置→办结: when an incident came how far, and how long each way took. Pure. */
import type { TimelineEntry } from "@/api/types";
import type { Incident } from "@/feed/types";

export const MILESTONES = ["reported", "dispatched", "acknowledged", "on_scene", "handled", "closed"] as const;
export type MilestoneName = (typeof MILESTONES)[number];

export interface Milestone {
  readonly name: MilestoneName;
  /** Null while it has not come to that, or never did. */
  readonly at: string | null;
  /** Milliseconds since the milestone before that it came to. */
  readonly took: number | null;
}

type Line = Pick<TimelineEntry, "kind" | "at" | "detail" | "of">;

const ANSWERED: ReadonlySet<unknown> = new Set(["acknowledged", "en_route", "on_scene", "done"]);

function isTask(line: Line, states: ReadonlySet<unknown>): boolean {
  const { state, check_in } = line.detail;
  return line.kind === "task" && check_in === undefined && states.has(state);
}

/** The first of each, of the incident itself and not of those merged into it; the last closing. */
export function milestonesOf(
  { reported_at, closed_at, score }: Pick<Incident, "reported_at" | "closed_at" | "score">,
  timeline: readonly Line[],
): readonly Milestone[] {
  const own = timeline.filter(({ of }) => of === null);
  const first = (wanted: (line: Line) => boolean): string | null => own.find(wanted)?.at ?? null;
  const reached: Readonly<Record<MilestoneName, string | null>> = {
    reported: reported_at,
    dispatched: first(({ kind }) => kind === "dispatch"),
    acknowledged: first((line) => isTask(line, ANSWERED)),
    on_scene: first((line) => isTask(line, new Set(["on_scene"]))),
    handled: first(({ kind }) => kind === "handle"),
    closed: score === null ? null : closed_at,
  };
  let before: string | null = null;
  return MILESTONES.map((name) => {
    const at = reached[name];
    const took = at === null || before === null ? null : Math.max(0, Date.parse(at) - Date.parse(before));
    if (at !== null) before = at;
    return { name, at, took };
  });
}

/** From the report to the closing, in milliseconds; null while it is not closed. */
export function wholeOf(milestones: readonly Milestone[]): number | null {
  const closed = milestones.find(({ name }) => name === "closed")?.at ?? null;
  const reported = milestones.find(({ name }) => name === "reported")?.at ?? null;
  return closed === null || reported === null ? null : Date.parse(closed) - Date.parse(reported);
}
