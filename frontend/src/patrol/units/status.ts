/** What one's own units do, with what waits to be sent laid over it. Pure. */
import { type Entry, statusWanted } from "../outbox/acts";
import type { Duty, TaskDetail } from "../types";
import { isLive } from "../tasks/steps";

export type OwnUnit = Duty["units"][number];

/** `waits`: said here, and the server has not heard of it. */
export interface Standing {
  readonly unit: OwnUnit;
  readonly status: OwnUnit["status"];
  readonly reason: string;
  readonly waits: boolean;
  /** Owes something: what it does follows from that. */
  readonly isAtWork: boolean;
}

export function standingOf(unit: OwnUnit, entries: readonly Entry[], tasks: readonly TaskDetail[]): Standing {
  const wanted = statusWanted(entries, unit.id);
  return {
    unit,
    status: wanted?.status ?? unit.status,
    reason: wanted?.reason ?? unit.status_reason,
    waits: wanted !== null,
    isAtWork: tasks.some(({ task }) => task.unit === unit.id && isLive(task)),
  };
}
