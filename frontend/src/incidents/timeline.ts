/** An incident's timeline told in sentences. Pure: the words and names come from `Telling`. */
import type { TimelineEntry } from "@/api/types";
import type { Titled } from "@/ui/titled";

export interface Telling {
  readonly t: (key: string, named?: Record<string, unknown>) => string;
  readonly place: (code: string) => string;
  readonly category: (code: string) => string;
  readonly severity: (severity: number) => string;
  readonly condition: (subject: Titled) => string;
  readonly source: (code: string) => string;
  readonly stage: (code: string) => string;
  readonly taskState: (code: string) => string;
  readonly role: (code: string) => string;
  /** A unit's name, by its id. */
  readonly unit: (id: number) => string;
  readonly moment: (at: string) => string;
  readonly span: (ms: number) => string;
}

type Said = Pick<TimelineEntry, "kind" | "actor" | "detail">;

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function isOf(value: unknown, ...choices: readonly string[]): boolean {
  return choices.includes(text(value));
}

/** [before, after] as the server writes a change. */
function pair(value: unknown): readonly [unknown, unknown] {
  return Array.isArray(value) ? [value[0], value[1]] : [undefined, undefined];
}

/** As it was called then, or by its id. */
function nameOf({ id, name }: { id?: unknown; name?: unknown }, telling: Telling): string {
  return text(name) || (typeof id === "number" ? telling.unit(id) : "");
}

function unitsOf(value: unknown, telling: Telling): string {
  const units = Array.isArray(value) ? (value as unknown[]) : [];
  const names = units.map((unit) => nameOf(unit as { id?: unknown; name?: unknown }, telling));
  return names.filter((name) => name !== "").join(telling.t("common.listSeparator"));
}

const FIELDS = ["title", "description", "category", "severity", "place", "position"] as const;
type Field = (typeof FIELDS)[number];

function valueOf(field: Field, value: unknown, telling: Telling): string {
  if (field === "category") return telling.category(text(value));
  if (field === "severity") return telling.severity(Number(value));
  return text(value);
}

/** What was corrected: short values from and to, long ones only by name. */
function corrections(changed: unknown, telling: Telling): string {
  const known = typeof changed === "object" && changed !== null ? (changed as Record<string, unknown>) : {};
  const told = FIELDS.filter((field) => field in known).map((field) => {
    const name = telling.t(`incident.field.${field}`);
    if (field === "description" || field === "position") return telling.t("incident.entryCorrected", { name });
    const [before, after] = pair(known[field]).map((value) => valueOf(field, value, telling));
    return before === ""
      ? telling.t("incident.entrySet", { name, after })
      : telling.t("incident.entryChanged", { name, before, after });
  });
  return told.join(telling.t("common.listSeparator"));
}

/** Another system is named, with the number it gave. */
function report(detail: Said["detail"], { t, source }: Telling): string {
  const system = text(detail["system"]);
  if (system === "") return t("incident.entry.report", { source: source(text(detail["source"])) });
  return t("incident.entryReportedBySystem", { system, reference: text(detail["reference"]) });
}

/** Of an incident that another system reported: its name and number, and when that says it happened. */
export interface Origin {
  readonly system: string;
  readonly reference: string;
  readonly occurredAt: string | null;
}

export function originOf(timeline: readonly Pick<TimelineEntry, "kind" | "detail" | "of">[]): Origin | null {
  const first = timeline.find(({ kind, of }) => kind === "report" && of === null);
  const system = text(first?.detail["system"]);
  if (first === undefined || system === "") return null;
  const occurred = text(first.detail["occurred_at"]);
  return { system, reference: text(first.detail["reference"]), occurredAt: occurred === "" ? null : occurred };
}

function supervision({ actor, detail }: Said, telling: Telling): string {
  if (actor === null) return telling.t("incident.entrySupervisedByItself");
  const place = telling.place(text(detail["code"]));
  const asks = telling.t(`incident.asks.${text(detail["asks"]) || "closed"}`);
  const due = text(detail["due"]);
  return due === ""
    ? telling.t("incident.entry.supervise", { place, asks })
    : telling.t("incident.entrySupervisedUntil", { place, asks, at: telling.moment(due) });
}

function taskStep({ detail }: Said, telling: Telling): string {
  const { t } = telling;
  const unit = nameOf({ id: detail["unit"], name: detail["unit_name"] }, telling);
  const sign = text(detail["check_in"]);
  if (sign === "set") {
    const { minutes } = detail;
    return typeof minutes === "number"
      ? t("incident.entryCheckIn.set", { unit, n: minutes })
      : t("incident.entryCheckIn.unset", { unit });
  }
  if (sign !== "") return t(`incident.entryCheckIn.${sign}`, { unit });
  if (typeof detail["reminded"] === "number") return t("incident.entryReminded", { unit });
  const next = detail["proposed"];
  const parts = [
    t("incident.entry.task", { unit, state: telling.taskState(text(detail["state"])) }),
    ...(text(detail["because"]) === "" ? [] : [t("incident.entryBecause", { stage: telling.stage(text(detail["because"])) })]),
    ...(detail["revived"] === true ? [t("incident.entryRevived")] : []),
    ...(detail["on_behalf"] === true ? [t("incident.entryOnBehalf")] : []),
    ...(typeof next === "number" ? [t("incident.entryProposed", { unit: telling.unit(next) })] : []),
  ];
  return parts.join(t("common.joiner"));
}

/** When it was done, where a phone told of it so much later that both times count; else null. */
export function actedAt({ detail }: Pick<TimelineEntry, "detail">): string | null {
  return text(detail["acted_at"]) || null;
}

/** A plan that was confirmed, and whom it told: posts and numbers, never names. */
function plan({ detail }: Said, telling: Telling): string {
  const { t } = telling;
  const told = Array.isArray(detail["told"]) ? (detail["told"] as Readonly<Record<string, unknown>>[]) : [];
  const who = told.map(({ place, role, people }) =>
    t("plan.post", { place: text(place), role: telling.role(text(role)), n: text(people) }),
  );
  const parts = [
    t("incident.entry.plan", { name: text(detail["plan_name"]) }),
    ...(who.length === 0 ? [] : [t("incident.entryTold", { who: who.join(t("common.listSeparator")) })]),
  ];
  return parts.join(t("common.joiner"));
}

/** What happened, without who did it; a kind of a newer server is shown by its code. */
export function sentenceOf(entry: Said, telling: Telling): string {
  const { t } = telling;
  const { kind, detail } = entry;
  const [, owner] = pair(detail["owner"]);
  switch (kind) {
    case "report":
      return report(detail, telling);
    case "transfer_up":
    case "transfer_down":
    case "transfer_sideways":
      return t(`incident.entry.${kind}`, { place: telling.place(text(owner)) });
    case "dispatch":
    case "reinforce": {
      const units = unitsOf(detail["units"], telling);
      return units === "" ? t(`incident.action.${kind}`) : t(`incident.entry.${kind}`, { units });
    }
    case "suspend":
      return t("incident.entry.suspend", { at: telling.moment(text(detail["until"])) });
    case "close":
      return t("incident.entry.close", { score: text(detail["score"]) });
    case "merged_in":
      return t("incident.entry.merged_in", { number: text(detail["number"]) });
    case "linked":
      if (detail["again"] === true) return t("incident.entryLinkReason", { number: text(detail["number"]) });
      return t(detail["by_merge"] === true ? "incident.entryLinkedByMerge" : "incident.entry.linked", {
        number: text(detail["number"]),
      });
    case "unlinked":
      return t("incident.entry.unlinked", { number: text(detail["number"]) });
    case "alarm_linked":
      return t("incident.entry.alarm_linked", {
        condition: telling.condition({
          condition: text(detail["condition"]),
          title_zh: text(detail["title_zh"]),
          title_en: text(detail["title_en"]),
        }),
        device: text(detail["device"]),
      });
    case "help_asked":
      return t("incident.entry.help_asked", { place: telling.place(text(detail["code"])) });
    case "supervise":
      return supervision(entry, telling);
    case "supervision_overdue":
      return t("incident.entry.supervision_overdue", {
        place: telling.place(text(detail["of"])),
        above: telling.place(text(detail["code"])),
      });
    case "supervision_lifted":
      return t("incident.entry.supervision_lifted", { place: telling.place(text(detail["code"])) });
    case "extension_lapsed":
      return t("incident.entry.extension_lapsed", {
        who: text(detail["asked_by"]),
        span: telling.span(Number(detail["minutes"]) * 60_000),
      });
    case "not_duplicate":
      return t("incident.entry.not_duplicate", { number: text(detail["number"]) });
    case "called_back":
      return detail["reached"] === true
        ? t("incident.entry.called_back", { degree: t(`incident.degree.${text(detail["satisfied"])}`) })
        : t("incident.entryNotReached");
    case "extension_asked":
    case "extension_granted":
    case "extension_refused":
      return t(`incident.entry.${kind}`, { span: telling.span(Number(detail["minutes"]) * 60_000) });
    case "changed":
      return t("incident.entry.changed", { what: corrections(detail["changed"], telling) });
    case "task":
      return taskStep(entry, telling);
    case "plan":
      return plan(entry, telling);
    case "conference_opened":
      return t("incident.entry.conference_opened", { number: text(detail["number"]) });
    case "conference_over":
      return t("incident.entry.conference_over", {
        number: text(detail["number"]),
        span: telling.span(Number(detail["minutes"]) * 60_000),
        seats: Number(detail["seats"]),
      });
    case "conference_recorded":
      return t("incident.entry.conference_recorded", { number: text(detail["number"]), span: telling.span(Number(detail["seconds"]) * 1000) });
    case "notice_seen":
      return t(isOf(detail["why"], "ordered", "late") ? "incident.entryOrderSeen" : "incident.entry.notice_seen", {
        post: t("notice.inCase.post", { place: text(detail["place"]), role: telling.role(text(detail["role"])) }),
        name: text(detail["plan_name"]),
      });
    default:
      return PLAIN.has(kind) ? t(`incident.entry.${kind}`) : kind;
  }
}

const PLAIN: ReadonlySet<string> = new Set([
  "accept",
  "reject",
  "start",
  "handle",
  "send_back",
  "return",
  "verify",
  "archive",
  "resume",
  "reopen",
  "merge",
  "comment",
  "attached",
  "overdue",
  "help_answered",
  "redispatch_dismissed",
]);

/** What others did since a list of entries was read. */
export function meanwhile<E extends { readonly id: number }>(before: readonly E[], after: readonly E[]): readonly E[] {
  const known = new Set(before.map(({ id }) => id));
  return after.filter(({ id }) => !known.has(id));
}
