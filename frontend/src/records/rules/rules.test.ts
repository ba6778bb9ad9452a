import { describe, expect, it } from "vitest";
import { i18n } from "@/i18n";
import { clause, type Telling } from "./sentence";
import { emptyForm, fromDefinition, toDefinition } from "./shapes";

const telling: Telling = {
  t: (key, named) => i18n.global.t(key, named ?? {}),
  event: (type) => i18n.global.t(`eventType.${type}`),
  field: (name) => name,
  place: (code) => code,
};

const THRESHOLD = { type: "threshold", event: "count", field: "count", direction: "above", raise_at: 200, clear_at: 160 };
const AT_NIGHT = { type: "schedule", days: "workdays", from: "22:00", until: "06:00" };

describe("a rule's form", () => {
  it.each([
    [{ when: THRESHOLD }, "threshold"],
    [{ when: { type: "held", for_s: 60, of: THRESHOLD } }, "threshold"],
    [{ when: { type: "all", of: [AT_NIGHT, { type: "event", events: ["pass"], lasts_s: 60 }] } }, "event"],
    [{ when: { type: "count", events: ["denied"], at_least: 5, within_s: 60 } }, "count"],
    [{ when: { type: "absence", for_s: 3600 } }, "absence"],
    [{ when: { type: "held", for_s: 180, of: { type: "between", begin: ["occupied"], end: ["vacated"] } } }, "between"],
    [{ when: { type: "rate", field: "count", by: 50, within_s: 600 } }, "rate"],
    [{ when: { type: "expression", events: ["count"], expr: "data.count > 1" } }, "expression"],
    [null, "off"],
    [{ when: { type: "not", of: THRESHOLD } }, "json"],
    [{ when: { type: "event", events: ["pass"], where: "hour > 22", lasts_s: 60 } }, "json"],
  ])("says again what it was made of: %j", (definition, shape) => {
    const form = fromDefinition(definition);
    expect(form.shape).toBe(shape);
    if (shape === "rate") expect(toDefinition(form)).toMatchObject({ when: { type: "rate", by: 50 } });
    else expect(toDefinition(form)).toEqual(definition);
  });

  it("hands on what is no number, for the server to say where it is wrong", () => {
    expect(toDefinition({ ...emptyForm(), field: "count", raiseAt: "many" })).toMatchObject({ when: { raise_at: "many" } });
  });
});

describe("a rule in words", () => {
  it("tells hysteresis, hold and hours", () => {
    i18n.global.locale.value = "zh-Hans";
    const rule = { type: "all", of: [AT_NIGHT, { type: "held", for_s: 60, of: THRESHOLD }] };
    const told = clause(rule, telling);
    for (const part of ["工作日", "22:00–06:00", "200", "160", "1 分钟"]) expect(told).toContain(part);
  });

  it("tells what it has no words for as JSON", () => {
    expect(clause({ type: "moon", phase: 1 }, telling)).toBe('{"type":"moon","phase":1}');
  });
});
