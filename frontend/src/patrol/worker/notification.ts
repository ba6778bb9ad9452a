/** What a push message becomes: a notification in the phone's language. Pure. */

export interface PushMessage {
  readonly title: string;
  readonly body: string;
  readonly task: number | null;
  /** Of a message about a case: the patrol page shows tasks only, so it is always told as a notification. */
  readonly incident: number | null;
  /** A call to it; an open page rings by itself. */
  readonly conference: number | null;
}

export type WorkerLocale = "zh-Hans" | "en";

const WORDS = {
  "zh-Hans": { title: "任务有变化", body: "点按查看任务" },
  en: { title: "A task has changed", body: "Tap to see the task" },
} as const satisfies Record<WorkerLocale, { title: string; body: string }>;

const textOr = (value: unknown, fallback: string): string =>
  typeof value === "string" && value.trim() !== "" ? value : fallback;

const idOr = (value: unknown): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : null;

/** A message that cannot be read still tells that there is something: a browser shows one in any case. */
export function readPush(text: string, locale: WorkerLocale): PushMessage {
  const words = WORDS[locale];
  let data: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) data = { ...parsed };
  } catch {
    // The words above stand for it.
  }
  return {
    title: textOr(data["title"], words.title),
    body: textOr(data["body"], words.body),
    task: idOr(data["task"]),
    incident: idOr(data["incident"]),
    conference: idOr(data["conference"]),
  };
}

/** The address that a notification opens. */
export function addressOf(task: number | null): string {
  return task === null ? "/patrol/#/tasks" : `/patrol/#/task/${String(task)}`;
}

/** A later notification with the same tag replaces the earlier one. */
export function tagOf({ task, incident, conference }: PushMessage): string {
  if (task !== null) return `task-${String(task)}`;
  if (conference !== null) return `conference-${String(conference)}`;
  return incident === null ? "lingdun" : `incident-${String(incident)}`;
}
