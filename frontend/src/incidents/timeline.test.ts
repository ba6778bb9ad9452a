import { actionValues } from "@generated/api";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { i18n, LOCALES, type Locale, setLocale } from "@/i18n";
import { actedAt, meanwhile, originOf, sentenceOf, type Telling } from "./timeline";

const { t } = i18n.global;
const telling: Telling = {
  t: (key, named = {}) => t(key, named),
  place: (code) => ({ "640181": "灵武市", "640181100": "东塔镇" })[code] ?? code,
  category: (code) => `〈${code}〉`,
  severity: (severity) => t(`severity.name.${String(severity)}`),
  condition: ({ condition }) => t(`condition.${condition}`),
  source: (code) => t(`source.${code}`),
  stage: (code) => t(`stage.${code}`),
  taskState: (code) => t(`taskState.${code}`),
  role: (code) => t(`role.${code}`),
  unit: (id) => `巡逻${String(id)}组`,
  moment: (at) => at.slice(11, 16),
  span: (ms) => `${String(ms / 60_000)}′`,
};

const DETAILS: Readonly<Record<string, Record<string, unknown>>> = {
  report: { source: "hotline" },
  dispatch: { units: [{ id: 1, name: "特勤队" }, { id: 2 }] },
  reinforce: { units: [{ id: 3, name: "消防站" }] },
  transfer_up: { owner: ["640181100", "640181"] },
  transfer_down: { owner: ["640181", "640181100"] },
  transfer_sideways: { owner: ["640181101", "640181100"] },
  suspend: { until: "2026-11-22T06:30:00.000Z" },
  close: { score: 4 },
  merged_in: { number: "20261122-0007" },
  linked: { incident: 7, number: "20261122-0007" },
  unlinked: { incident: 7, number: "20261122-0007" },
  alarm_linked: { alarm: 9, device: "FL-0231", condition: "lane_blocked" },
  supervise: { code: "640181" },
  extension_asked: { minutes: 60 },
  extension_granted: { minutes: 60 },
  extension_refused: { minutes: 60 },
  extension_lapsed: { minutes: 60, asked_by: "甲" },
  supervision_overdue: { code: "640181", of: "640181100" },
  supervision_lifted: { code: "640181" },
  not_duplicate: { incident: 7, number: "20261122-0007" },
  called_back: { reached: true, satisfied: 5 },
  changed: { changed: { severity: [3, 1], title: ["", "火情"], description: ["a", "b"] } },
  task: { task: 1, unit: 4, unit_name: "巡逻四组", state: "declined", proposed: 5 },
  conference_opened: { conference: 3, number: "HS20261122-0001" },
  conference_over: { conference: 3, number: "HS20261122-0001", minutes: 12, seats: 5 },
  conference_recorded: { conference: 3, number: "HS20261122-0001", seconds: 700 },
  plan: { plan: 1, plan_name: "火情处置", told: [{ role: "dispatcher", code: "640181", place: "灵武市", people: 2 }] },
};
const KINDS = [
  ...actionValues,
  "report",
  "comment",
  "attached",
  "alarm_linked",
  "conference_opened",
  "conference_over",
  "conference_recorded",
  "merged_in",
  "linked",
  "unlinked",
  "overdue",
  "supervise",
  "extension_asked",
  "extension_granted",
  "extension_refused",
  "extension_lapsed",
  "supervision_overdue",
  "supervision_lifted",
  "not_duplicate",
  "called_back",
  "changed",
  "task",
  "plan",
];

function said(kind: string, detail = DETAILS[kind] ?? {}, actor: string | null = "一席"): string {
  return sentenceOf({ kind, actor, detail }, telling);
}

beforeEach(() => {
  setLocale("zh-Hans");
});
afterAll(() => {
  setLocale("zh-Hans");
});

describe.each(LOCALES)("the timeline in %s", (locale: Locale) => {
  it.each(KINDS)("tells %s in a sentence, with nothing left open", (kind) => {
    setLocale(locale);
    const sentence = said(kind);
    expect(sentence).not.toBe("");
    expect(sentence).not.toBe(kind);
    expect(sentence).not.toMatch(/[{}]|incident\.|undefined|NaN|null/);
  });
});

describe("a sentence of the timeline", () => {
  it.each([
    ["dispatch", "派遣 特勤队、巡逻2组"],
    ["transfer_down", "下派至东塔镇"],
    ["close", "办结，评价 4 分"],
    ["linked", "与事件 20261122-0007 关联"],
    ["alarm_linked", "关联告警：消防通道占用（FL-0231）"],
    ["changed", "更正：标题定为“火情”、情况、级别由“III 级 · 黄”改为“I 级 · 红”"],
    ["task", "巡逻四组 已谢绝，建议改派 巡逻5组"],
    ["plan", "启动预案“火情处置”，通知灵武市 调度员 2 人"],
  ])("of %s says what changed", (kind, sentence) => {
    expect(said(kind)).toBe(sentence);
  });

  it("tells an order of the system from one of a person, and names the time it sets", () => {
    expect(said("supervise", { code: "640181" }, null)).toBe("超时，自动督办");
    expect(said("supervise", { code: "640181", due: "2026-11-22T06:30:00.000Z" })).toBe(
      "灵武市督办，要求 06:30 前办结",
    );
    expect(said("supervise", { code: "640181", asks: "handled" })).toBe("灵武市督办，要求处置完毕");
  });

  it("says when a unit was reminded, or its step entered for it, or why it was called off", () => {
    const task = { unit: 4, unit_name: "巡逻四组" };
    expect(said("task", { ...task, state: "created", reminded: 1 })).toBe("提醒 巡逻四组 接令");
    expect(said("task", { ...task, state: "on_scene", on_behalf: true })).toBe("巡逻四组 到场，由指挥席代为登记");
    expect(said("task", { ...task, state: "cancelled", because: "merged" })).toBe("巡逻四组 已撤回，因事件已并入");
  });

  it("names another system that reported, with its own number", () => {
    const report = { source: "system", system: "12345热线", reference: "HL-1", occurred_at: "2026-11-22T06:30:00.000Z" };
    expect(said("report", report, null)).toBe("上报，来源：12345热线（编号 HL-1）");
    const line = { kind: "report", detail: report, of: null };
    const origin = { system: "12345热线", reference: "HL-1", occurredAt: "2026-11-22T06:30:00.000Z" };
    expect(originOf([{ ...line, of: "20261122-0001" }, line])).toEqual(origin);
    expect(originOf([{ ...line, of: "20261122-0001" }])).toBeNull();
    expect(originOf([{ kind: "report", detail: { source: "hotline" }, of: null }])).toBeNull();
  });

  it("shows a kind of a newer server by its code", () => {
    expect(said("teleported")).toBe("teleported");
  });
});

describe("meanwhile", () => {
  it("is what came since", () => {
    const [a, b] = [{ id: 1 }, { id: 2 }];
    expect(meanwhile([a], [a, b])).toEqual([b]);
    expect(meanwhile([], [a])).toEqual([a]);
  });
});

describe("an act of a phone that had no network", () => {
  const late = { unit: 4, unit_name: "巡逻四组", state: "acknowledged", acted_at: "2026-11-22T02:00:00.000Z" };

  it("says when it was done", () => {
    expect(actedAt({ detail: late })).toBe("2026-11-22T02:00:00.000Z");
    expect(actedAt({ detail: { state: "acknowledged" } })).toBeNull();
  });

  it("says that it has brought an expired task back", () => {
    expect(said("task", { ...late, revived: true })).toContain("任务恢复");
  });
});
