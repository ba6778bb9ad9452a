/** The field's words for the codes that the server sends; an unknown code is shown as it is. */
import { useI18n } from "vue-i18n";
import { ApiError } from "@/api/client";
import { faultWords } from "./faults";
import { ownTitle, type Titled } from "./titled";
import { age, brief, clock, full } from "./time";

const LEVELS: Readonly<Record<number, string>> = { 4: "prefecture", 6: "city", 9: "township", 12: "village", 15: "grid" };

export function useWords() {
  const { t, te, locale } = useI18n();

  function named(group: string, code: string): string {
    const key = `${group}.${code}`;
    return te(key) || te(key, "zh-Hans") ? t(key) : code;
  }

  function failure(error: unknown): string {
    if (!(error instanceof ApiError)) throw error;
    const said = faultWords(error.fields, (one) => (te(one) || te(one, "zh-Hans") ? t(one) : null));
    if (said !== null) return said;
    const key = `error.${error.code}`;
    const fields = error.fields.map(({ field, message }) => `${field}: ${message}`).join("; ");
    const detail = fields || error.detail || String(error.status);
    return te(key) ? t(key, { detail, status: error.status }) : t("error.other", { detail });
  }

  return {
    t,
    condition: (subject: Titled) => ownTitle(subject, locale.value) || named("condition", subject.condition),
    /** The word for the level of a division code: 市, 乡镇/街道, 村/社区. */
    levelOf: (code: string) => named("level", LEVELS[code.length] ?? code),
    conditionCode: (code: string) => named("condition", code),
    kind: (code: string) => named("kind", code),
    eventType: (code: string) => named("eventType", code),
    reason: (code: string) => named("records.reasonName", code),
    action: (code: string) => named("records.actionName", code.replace(".", "_")),
    process: (code: string) => named("connection.process", code),
    deviceAction: (code: string) => named("command.action", code),
    deviceActionTip: (code: string) => named("command.tip", code),
    commandDetail: (code: string) => named("command.detail", code),
    alarmDetail: (code: string) => named("detail.data", code),
    cause: (code: string) => named("detail.cause", code),
    parameter: (code: string) => named("device.parameter", code),
    change: (code: string) => named("detail.change", code),
    source: (code: string) => named("source", code),
    stage: (code: string) => named("stage", code),
    taskState: (code: string) => named("taskState", code),
    skill: (code: string) => named("skill", code),
    dispatchReason: (code: string) => named("dispatch.reason", code),
    part: (code: string) => named("incident.part", code),
    role: (code: string) => named("role", code),
    failure,
    age: (ms: number) => age(t, ms),
    clock,
    full,
    brief,
  };
}
