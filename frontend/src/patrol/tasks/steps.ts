/** What can be done with a task, and how it stands with what is on its way to the server. Pure. */
import type { Step, Task, TaskState } from "../types";

/** The stations of a task that succeeds, as the person who carries it sees them. */
export const STATIONS = ["acknowledged", "en_route", "on_scene", "done"] as const;
export type Station = (typeof STATIONS)[number];

const LIVE: readonly TaskState[] = ["created", "delivered", "acknowledged", "en_route", "on_scene"];
const UNANSWERED: readonly TaskState[] = ["created", "delivered"];
const DECLINABLE: readonly TaskState[] = ["created", "delivered", "acknowledged", "en_route"];

export const isLive = ({ state }: Pick<Task, "state">): boolean => LIVE.includes(state);
export const isUnanswered = ({ state }: Pick<Task, "state">): boolean => UNANSWERED.includes(state);
export const mayDecline = ({ state }: Pick<Task, "state">): boolean => DECLINABLE.includes(state);

/** The one thing to do next; null when nothing is owed any more. */
export function nextStep({ state }: Pick<Task, "state">): Exclude<Step, "deliver" | "decline"> | null {
  switch (state) {
    case "created":
    case "delivered":
      return "acknowledge";
    case "acknowledged":
      return "start";
    case "en_route":
      return "arrive";
    case "on_scene":
      return "done";
    case "done":
    case "declined":
    case "cancelled":
    case "expired":
      return null;
  }
}

const TARGETS = {
  deliver: "delivered",
  acknowledge: "acknowledged",
  start: "en_route",
  arrive: "on_scene",
  done: "done",
  decline: "declined",
} as const satisfies Record<Step, TaskState>;

const STAMPS = {
  deliver: "delivered_at",
  acknowledge: "acknowledged_at",
  start: "en_route_at",
  arrive: "on_scene_at",
  done: "done_at",
  decline: "ended_at",
} as const satisfies Record<Step, keyof Task>;

export interface WaitingStep {
  readonly step: Step;
  readonly text: string;
  readonly at: number;
}

/** The task as it will be once the steps that wait have gone out. */
export function projected(task: Task, waiting: readonly WaitingStep[]): Task {
  return waiting.reduce(withStep, task);
}

function withStep(task: Task, { step, text, at }: WaitingStep): Task {
  const target = TARGETS[step];
  const order: readonly TaskState[] = [...LIVE, "done"];
  // What the server knows already, or has ended meanwhile, is not taken back.
  const isBehind = step === "decline" || order.indexOf(target) > order.indexOf(task.state);
  if (!isLive(task) || !isBehind) return task;
  const time = new Date(at).toISOString();
  const ended = step === "done" || step === "decline" ? { ended_at: time } : {};
  const said = step === "done" ? { feedback: text } : step === "decline" ? { reason: text } : {};
  const answered = step === "deliver" ? {} : { answer_by: null };
  const isOut = step === "start" || step === "arrive";
  const minutes = isOut ? task.check_in_minutes : null;
  const check_in_by = minutes === null ? null : new Date(at + minutes * 60_000).toISOString();
  return { ...task, state: target, [STAMPS[step]]: time, ...ended, ...said, ...answered, check_in_by };
}

/** When a station was reached; null if it was not. */
export function reachedAt(task: Task, station: Station): string | null {
  switch (station) {
    case "acknowledged":
      return task.acknowledged_at;
    case "en_route":
      return task.en_route_at;
    case "on_scene":
      return task.on_scene_at;
    case "done":
      return task.done_at;
  }
}
