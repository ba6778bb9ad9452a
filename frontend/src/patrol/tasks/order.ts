/** In which order tasks stand, and what of the time to answer is left. Pure; times in epoch ms. */
import type { TaskDetail } from "../types";
import { isLive, isUnanswered } from "./steps";

export interface Inbox {
  /** To be answered; whose time ends first comes first. */
  readonly unanswered: readonly TaskDetail[];
  /** Taken; the most severe first, then the oldest. */
  readonly underWay: readonly TaskDetail[];
  /** Over; the latest first. */
  readonly ended: readonly TaskDetail[];
}

const end = ({ task }: TaskDetail): number => Date.parse(task.ended_at ?? task.created_at);
const deadline = ({ task }: TaskDetail): number =>
  task.answer_by === null ? Number.POSITIVE_INFINITY : Date.parse(task.answer_by);

function by<T>(...keys: ((item: T) => number)[]): (a: T, b: T) => number {
  return (a, b) => {
    for (const key of keys) {
      const [left, right] = [key(a), key(b)];
      if (left !== right) return left < right ? -1 : 1;
    }
    return 0;
  };
}

export function arranged(tasks: Iterable<TaskDetail>): Inbox {
  const all = [...tasks];
  const id = ({ task }: TaskDetail): number => task.id;
  return {
    unanswered: all.filter(({ task }) => isUnanswered(task)).sort(by(deadline, id)),
    underWay: all
      .filter(({ task }) => isLive(task) && !isUnanswered(task))
      .sort(by(({ incident }) => incident.severity, id)),
    ended: all.filter(({ task }) => !isLive(task)).sort(by((one) => -end(one), (one) => -id(one))),
  };
}

export interface Countdown {
  /** 1:05 */
  readonly text: string;
  readonly isOver: boolean;
  readonly isShort: boolean;
}

const SHORT_MS = 30_000;

/** What is left to answer, by the server's clock; null when nobody waits for an answer. */
export function countdown(task: TaskDetail["task"], now: number): Countdown | null {
  if (!isUnanswered(task) || task.answer_by === null) return null;
  const left = Date.parse(task.answer_by) - now;
  const seconds = Math.max(0, Math.floor(left / 1000));
  return {
    text: `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, "0")}`,
    isOver: left <= 0,
    isShort: left <= SHORT_MS,
  };
}
