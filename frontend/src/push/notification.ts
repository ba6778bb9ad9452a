/** What a push message becomes on a desk: a notification that leads to the incident. Pure. */

export interface DeskMessage {
  readonly title: string;
  readonly body: string;
  readonly incident: number | null;
  /** A later one with the same tag replaces the earlier. */
  readonly tag: string;
}

/** Both languages: the worker knows neither the page's nor the person's. */
const UNREADABLE = { title: "灵盾 · Lingdun", body: "有新的通知 · There is something new" };

const textOr = (value: unknown, fallback: string): string =>
  typeof value === "string" && value.trim() !== "" ? value : fallback;

const idOr = (value: unknown): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : null;

/** A message that cannot be read still tells that there is something: a browser shows one in any case. */
export function readPush(text: string): DeskMessage {
  let data: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) data = { ...parsed };
  } catch {
    // The words above stand for it.
  }
  const incident = idOr(data["incident"]);
  const [kind, id] = (["incident", "task", "conference", "alarm"] as const)
    .map((name) => [name, idOr(data[name])] as const)
    .find(([, key]) => key !== null) ?? ["", null];
  const about = id === null ? "" : `-${kind}-${String(id)}`;
  return {
    title: textOr(data["title"], UNREADABLE.title),
    body: textOr(data["body"], UNREADABLE.body),
    incident,
    tag: `lingdun${about}`,
  };
}

/** The address that it opens: on the page that asked for notifications, `home`. */
export function addressOf(home: string, incident: number | null): string {
  return incident === null ? home : `${home}#/case/${String(incident)}`;
}
