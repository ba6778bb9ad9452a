/** A rule's definition in plain words. Pure: words come from `Telling`; what has no words is told as JSON. */
import { isNode, type Node } from "./types";

export interface Telling {
  readonly t: (key: string, named?: Record<string, unknown>) => string;
  readonly event: (type: string) => string;
  readonly field: (name: string) => string;
  readonly place: (code: string) => string;
}

function span(t: Telling["t"], seconds: unknown): string {
  const s = Number(seconds);
  if (s % 86_400 === 0) return t("rules.days", { n: s / 86_400 });
  if (s % 3_600 === 0) return t("rules.hours", { n: s / 3_600 });
  return s % 60 === 0 ? t("rules.minutes", { n: s / 60 }) : t("rules.seconds", { n: s });
}

function list(value: unknown, word: (each: string) => string, joiner: string): string {
  return Array.isArray(value) ? value.map((each) => word(String(each))).join(joiner) : "";
}

function schedule(node: Node, { t }: Telling): string {
  const parts: string[] = [];
  const weekdays = node["weekdays"];
  if (node["days"] === "workdays" || node["days"] === "holidays") parts.push(t(`rules.${node["days"]}`));
  if (Array.isArray(weekdays)) parts.push(weekdays.map((day) => t(`rules.weekday.${String(day)}`)).join(t("rules.comma")));
  if (typeof node["from"] === "string") parts.push(`${node["from"]}–${String(node["until"])}`);
  return parts.length === 0 ? t("rules.always") : t("rules.sentence.schedule", { when: parts.join(" ") });
}

/** The condition as a clause without a full stop; `within` another one it is put in brackets. */
export function clause(node: unknown, telling: Telling, within = false): string {
  const { t, event, field, place } = telling;
  if (!isNode(node)) return JSON.stringify(node);
  const events = list(node["events"], event, t("rules.or"));
  const where = typeof node["where"] === "string" ? t("rules.sentence.where", { expr: node["where"] }) : "";
  const inner = (value: unknown): string => clause(value, telling, true);
  switch (node.type) {
    case "threshold": {
      const facts = { field: field(String(node["field"])), n: String(node["raise_at"]), m: String(node["clear_at"]) };
      const key = node["direction"] === "below" ? "below" : "above";
      const hysteresis = node["clear_at"] === undefined || node["clear_at"] === null ? "" : t(`rules.sentence.${key}Clear`, facts);
      return t(`rules.sentence.${key}`, facts) + hysteresis;
    }
    case "event":
      return t("rules.sentence.event", { events, where, span: span(t, node["lasts_s"] ?? 300) });
    case "between":
      return t("rules.sentence.between", {
        begin: list(node["begin"], event, t("rules.or")),
        end: list(node["end"], event, t("rules.or")),
      });
    case "held":
      return t("rules.sentence.held", { inner: inner(node["of"]), span: span(t, node["for_s"]) });
    case "count":
      return t("rules.sentence.count", { events, where, n: String(node["at_least"]), span: span(t, node["within_s"]) });
    case "rate":
      return t(`rules.sentence.${node["direction"] === "fall" ? "fall" : "rise"}`, {
        field: field(String(node["field"])),
        n: String(node["by"]),
        span: span(t, node["within_s"]),
      });
    case "absence":
      return t("rules.sentence.absence", { events: events === "" ? t("rules.anyEvent") : events, span: span(t, node["for_s"]) });
    case "schedule":
      return schedule(node, telling);
    case "area":
      return node["circle"] === undefined || node["circle"] === null
        ? t("rules.sentence.polygon")
        : t("rules.sentence.circle", { n: String((node["circle"] as { radius_m?: unknown }).radius_m) });
    case "jurisdiction":
      return t("rules.sentence.jurisdiction", { places: list(node["codes"], place, t("rules.or")) });
    case "expression":
      return t("rules.sentence.expression", { expr: String(node["expr"]) });
    case "not":
      return t("rules.sentence.not", { inner: inner(node["of"]) });
    case "all":
    case "any": {
      const parts = Array.isArray(node["of"]) ? node["of"].map((each) => inner(each)) : [];
      const joined = parts.join(t(node.type === "all" ? "rules.and" : "rules.orElse"));
      return within && parts.length > 1 ? t("rules.sentence.group", { inner: joined }) : joined;
    }
    default:
      return JSON.stringify(node);
  }
}
