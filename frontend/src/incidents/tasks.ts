/** What a task's state means for whoever watches it. Pure; `now` is the server's, in ms. */
import type { Task, TaskState, Timestamp } from "@/feed/types";

export const STEPS = ["acknowledge", "start", "arrive", "done", "decline", "cancel"] as const;
export type Step = (typeof STEPS)[number];
export type StepNeed = "reason" | "feedback";

const LIVE: readonly TaskState[] = ["created", "delivered", "acknowledged", "en_route", "on_scene"];

export function isLive({ state }: Pick<Task, "state">): boolean {
  return LIVE.includes(state);
}

/** The next step on the way for a unit that reports by radio, then the others that a person may take for it. */
const STEPS_IN: Readonly<Record<TaskState, readonly Step[]>> = {
  created: ["acknowledge", "decline", "cancel"],
  delivered: ["acknowledge", "decline", "cancel"],
  acknowledged: ["start", "arrive", "done", "decline", "cancel"],
  en_route: ["arrive", "done", "decline", "cancel"],
  on_scene: ["done", "cancel"],
  done: [],
  declined: [],
  cancelled: [],
  expired: [],
};

export function stepsIn(state: TaskState): readonly Step[] {
  return STEPS_IN[state];
}

/** What a member of the unit may do; to call a unit back is for who runs the case. */
export function ownStepsIn(state: TaskState): readonly Step[] {
  return STEPS_IN[state].filter((step) => step !== "cancel");
}

export function needOf(step: Step): StepNeed | null {
  if (step === "done") return "feedback";
  return step === "decline" || step === "cancel" ? "reason" : null;
}

export interface Mark {
  readonly state: TaskState;
  readonly at: Timestamp | null;
}

/** The stations that a task passes, each with its time once it was reached; an end off the way comes last. */
export function marksOf(task: Task): readonly Mark[] {
  const way: readonly Mark[] = [
    { state: "created", at: task.created_at },
    { state: "delivered", at: task.delivered_at },
    { state: "acknowledged", at: task.acknowledged_at },
    { state: "en_route", at: task.en_route_at },
    { state: "on_scene", at: task.on_scene_at },
    { state: "done", at: task.done_at },
  ];
  if (isLive(task) || task.state === "done") return way;
  return [...way.filter(({ at }) => at !== null), { state: task.state, at: task.ended_at }];
}

/** Milliseconds until an answer is due, negative when it is late; null once there is one. */
export function answerLeft(task: Task, now: number): number | null {
  const waiting = task.state === "created" || task.state === "delivered";
  return waiting && task.answer_by !== null ? Date.parse(task.answer_by) - now : null;
}

/** How often a unit that is out may be asked for a sign of life, in minutes. */
export const CHECK_INS: readonly number[] = [10, 15, 30, 60, 120];

/** Milliseconds until a sign of life is due, negative when it is late; null when none is. */
export function checkInLeft(task: Task, now: number): number | null {
  return task.check_in_by === null ? null : Date.parse(task.check_in_by) - now;
}

/** Live ones first, in the order in which they were given. */
export function arrangeTasks(tasks: Iterable<Task>): readonly Task[] {
  return [...tasks].sort((a, b) => Number(isLive(b)) - Number(isLive(a)) || a.id - b.id);
}
