/** What an event carries, as names and values a person reads. Pure: `t` is an argument. */
import type { DeviceEvent } from "@/api/types";

type Translate = (key: string, named?: Record<string, unknown>) => string;

/** Said by the event's type already. */
const SAID_BY_TYPE = new Set(["occupied"]);

function value(t: Translate, key: string, raw: unknown): string {
  if (typeof raw === "boolean") return t(raw ? "history.value.yes" : "history.value.no");
  if (typeof raw === "object" && raw !== null) return JSON.stringify(raw);
  const text = String(raw);
  if (key === "battery") return `${text} %`;
  if (key === "held_s" || key === "window_s") return t("time.seconds", { n: text });
  return text;
}

/** `named`: the word for a field, or the field itself. An end of a condition is told as such. */
export function eventDetails(
  t: Translate,
  named: (field: string) => string,
  data: DeviceEvent["data"],
): readonly string[] {
  return Object.entries(data).flatMap(([key, raw]) => {
    if (SAID_BY_TYPE.has(key) || raw === null) return [];
    if (key === "active") return raw === false ? [t("history.value.ended")] : [];
    return [t("history.value.pair", { name: named(key), value: value(t, key, raw) })];
  });
}
