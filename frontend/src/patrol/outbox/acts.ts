/** What a person does that the server must hear of, and in which lane it goes. Pure. */
import type { Located } from "@/touch/locate";
import type { Position, Step } from "../types";
import type { Entry as AnyEntry } from "./machine";

export interface StepAct {
  readonly kind: "step";
  readonly task: number;
  readonly step: Step;
  /** The reason to decline, or the feedback. */
  readonly text: string;
}

export interface ReportAct {
  readonly kind: "report";
  readonly category: string;
  readonly title: string;
  readonly description: string;
  readonly place: string;
  readonly position: Position | null;
}

/** `incident` null: of the case that the report of the same lane makes. */
export interface PhotoAct {
  readonly kind: "photo";
  readonly incident: number | null;
  readonly task: number | null;
  readonly photo: Blob;
  readonly takenAt: number;
  readonly position: Position | null;
}

export interface DutyAct {
  readonly kind: "duty";
  readonly on: boolean;
}

/** A call for help; `position` is where help is needed, null when the phone does not know. */
export interface SosAct {
  readonly kind: "sos";
  readonly position: Position | null;
}

/** A sign of life. */
export interface CheckInAct {
  readonly kind: "check_in";
  readonly task: number;
}

/** A checkpoint of a round was confirmed at a moment, by the server's clock. `checkpoint` null: its code tells. */
export interface VisitAct {
  readonly kind: "visit";
  readonly round: number;
  readonly checkpoint: number | null;
  readonly name: string;
  readonly method: "qr" | "radius";
  readonly token: string;
  /** Where the phone was: for the server to look at, and gone once it has. */
  readonly position: Located | null;
  readonly at: number;
}

export type Act = StepAct | ReportAct | PhotoAct | DutyAct | SosAct | CheckInAct | VisitAct;
export type Entry = AnyEntry<Act>;

export const taskLane = (task: number): string => `task:${String(task)}`;
export const reportLane = (key: string): string => `report:${key}`;
export const roundLane = (round: number): string => `round:${String(round)}`;
export const DUTY_LANE = "duty";
export const SOS_LANE = "sos";

/** The steps of a task that have not gone out yet, in order. */
export function stepsWaiting(
  entries: readonly Entry[],
  task: number,
): readonly (Entry & { readonly act: StepAct })[] {
  return entries
    .filter(
      (entry): entry is Entry & { readonly act: StepAct } =>
        entry.state === "waiting" && entry.act.kind === "step" && entry.act.task === task,
    )
    .sort((a, b) => a.seq - b.seq);
}

/** What belongs to a task, oldest first; that it was delivered is no act of a person. */
export function entriesOf(entries: readonly Entry[], task: number): readonly Entry[] {
  return entries.filter(isShown).filter(({ act }) => "task" in act && act.task === task);
}

export function isShown({ act }: Entry): boolean {
  return !(act.kind === "step" && act.step === "deliver");
}

/** What is kept of an entry: once the server has answered, no phone keeps where a checkpoint was confirmed. */
export function withoutPlace(entry: Entry): Entry {
  const { act, state } = entry;
  if (act.kind !== "visit" || state === "waiting" || act.position === null) return entry;
  return { ...entry, act: { ...act, position: null } };
}

/** The case that the report of an entry's lane made; null while it has not. */
export function madeInLane(entries: readonly Entry[], lane: string): Entry | null {
  return entries.find((entry) => entry.lane === lane && entry.act.kind === "report") ?? null;
}

/** Whether one is, or wants to be, on duty: the last switch that waits, else what the server said. */
export function dutyWanted(entries: readonly Entry[], known: boolean): boolean {
  let wanted = known;
  for (const { act, state } of entries) {
    if (act.kind === "duty" && state === "waiting") wanted = act.on;
  }
  return wanted;
}
