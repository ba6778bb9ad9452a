/** What a person does that the server must hear of, and in which lane it goes. Pure. */
import type { Located } from "@/touch/locate";
import type { Position, Step } from "../types";
import type { Channel, Entry as AnyEntry } from "./machine";

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
  /** Taken by the page's camera a moment before it was picked. */
  readonly onSpot: boolean;
  readonly position: Position | null;
}

/** What one's own unit does: back and free again, or out of service and why. */
export interface StatusAct {
  readonly kind: "status";
  readonly unit: number;
  readonly status: "available" | "out_of_service";
  readonly reason: string;
}

export interface DutyAct {
  readonly kind: "duty";
  readonly on: boolean;
}

/** A call for help; `position` is where help is needed, null when the phone does not know it at that moment. */
export interface SosAct {
  readonly kind: "sos";
  readonly position: Position | null;
}

/** Where help is needed, found out after the call. */
export interface SosPlaceAct {
  readonly kind: "sos_place";
  readonly position: Position;
}

/** A sign of life. */
export interface CheckInAct {
  readonly kind: "check_in";
  readonly task: number;
}

/** A checkpoint of a round was confirmed. `checkpoint` null: its code tells. */
export interface VisitAct {
  readonly kind: "visit";
  readonly round: number;
  readonly checkpoint: number | null;
  readonly name: string;
  readonly method: "qr" | "radius";
  readonly token: string;
  /** Where the phone was: for the server to look at, and gone once it has. */
  readonly position: Located | null;
}

export type Act = StepAct | ReportAct | PhotoAct | DutyAct | StatusAct | SosAct | SosPlaceAct | CheckInAct | VisitAct;
export type Entry = AnyEntry<Act>;

export const taskLane = (task: number): string => `task:${String(task)}`;
export const reportLane = (key: string): string => `report:${key}`;
export const roundLane = (round: number): string => `round:${String(round)}`;
export const DUTY_LANE = "duty";
export const SOS_LANE = "sos";

/** A call for help waits for nothing, and nothing but photos waits for photos. */
export function channelOf({ act }: Entry): Channel {
  switch (act.kind) {
    case "sos":
    case "sos_place":
      return "urgent";
    case "photo":
      return "bulk";
    case "step":
    case "report":
    case "duty":
    case "status":
    case "check_in":
    case "visit":
      return "ordinary";
  }
}

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
  return !(act.kind === "step" && act.step === "deliver") && act.kind !== "sos_place";
}

/** When a sign of life that waits was given last; null where none waits. By this phone's clock. */
export function lastSign(entries: readonly Entry[], task: number): number | null {
  const given = entries.filter(({ act, state }) => state === "waiting" && act.kind === "check_in" && act.task === task);
  return given.length === 0 ? null : Math.max(...given.map(({ at }) => at));
}

/** What is wanted of one's own unit and has not gone out yet; null where nothing is. */
export function statusWanted(entries: readonly Entry[], unit: number): StatusAct | null {
  const wanted = entries.flatMap(({ act, state }) =>
    state === "waiting" && act.kind === "status" && act.unit === unit ? [act] : [],
  );
  return wanted.at(-1) ?? null;
}

/** What is kept of an entry: once the server has answered, no phone keeps where somebody was. */
export function withoutPlace(entry: Entry): Entry {
  const { act, state } = entry;
  if (state === "waiting") return entry;
  if ((act.kind === "visit" || act.kind === "sos") && act.position !== null) {
    return { ...entry, act: { ...act, position: null } };
  }
  return entry;
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
