import { describe, expect, it } from "vitest";
import { i18n } from "@/i18n";
import { bodyOf, draftOf, placesOf, turned, unreadable } from "./draft";
import { placed } from "./faults";
import { offsetOf, placeAt, readJson } from "./jsonText";
import { clause, type Telling } from "./sentence";
import { differences } from "./stale";
import { emptyNode, fromDefinition, type NodeForm, retyped, toNode, TYPES, wrapped } from "./tree";
import type { RuleBody } from "./types";

const telling: Telling = {
  t: (key, named) => i18n.global.t(key, named ?? {}),
  event: (type) => i18n.global.t(`eventType.${type}`),
  field: (name) => name,
  place: (code) => code,
};

const THRESHOLD = { type: "threshold", event: "count", field: "count", direction: "above", raise_at: 200, clear_at: 160 };
const AT_NIGHT = { type: "schedule", days: "workdays", from: "22:00", until: "06:00" };

function formOf(when: Record<string, unknown>): NodeForm {
  const form = fromDefinition({ when });
  if (form === null) throw new Error("no form");
  return form;
}

const EVERY: readonly Record<string, unknown>[] = [
  THRESHOLD,
  { type: "rate", event: "count", field: "count", direction: "rise", by: 50, within_s: 600 },
  { type: "count", events: ["denied"], where: "hour > 22", at_least: 5, within_s: 60 },
  { type: "event", events: ["pass"], lasts_s: 60 },
  { type: "between", begin: ["occupied"], end: ["vacated"], begin_where: "data.occupied" },
  { type: "absence", for_s: 3600 },
  { ...AT_NIGHT, weekdays: [6, 7] },
  { type: "area", circle: { lat: 38.1, lng: 106.3, radius_m: 500 } },
  { type: "area", polygon: { type: "Polygon", coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]]] } },
  { type: "jurisdiction", codes: ["640181001"] },
  { type: "expression", events: ["count"], expr: "data.count > 1" },
  { type: "held", for_s: 60, of: THRESHOLD },
  { type: "not", of: { type: "absence", events: ["count"], for_s: 60 } },
  { type: "all", of: [AT_NIGHT, THRESHOLD] },
  { type: "any", of: [{ type: "all", of: [AT_NIGHT, THRESHOLD] }, { type: "not", of: AT_NIGHT }] },
];

describe("a rule's form", () => {
  it("has fields for every condition of the language", () => {
    expect(new Set(EVERY.map(({ type }) => type))).toEqual(new Set(TYPES));
  });

  it.each(EVERY)("says again what it was made of: %j", (when) => {
    const form = fromDefinition({ when });
    expect(form && toNode(form)).toEqual(when);
  });

  it.each([null, { when: { type: "moon" } }, { when: { ...THRESHOLD, phase: 1 } }, { when: { type: "all", of: [{ type: "moon" }] } }])("leaves to JSON what it has no fields for: %j", (definition) => {
    expect(fromDefinition(definition)).toBeNull();
  });

  it("hands on what is no number, for the server to say where it is wrong", () => {
    const form = emptyNode();
    form.text.raise_at = "many";
    expect(toNode(form)).toMatchObject({ raise_at: "many" });
  });

  it("keeps what stands within a combination when that is another one", () => {
    const form = formOf({ type: "all", of: [AT_NIGHT, THRESHOLD] });
    expect(toNode(retyped(form, "any"))).toEqual({ type: "any", of: [AT_NIGHT, THRESHOLD] });
    expect(toNode(retyped(form, "not"))).toEqual({ type: "not", of: { type: "all", of: [AT_NIGHT, THRESHOLD] } });
    expect(toNode(wrapped(form, "held"))).toMatchObject({ type: "held", of: { type: "all" } });
  });

  it("turns into JSON and back", () => {
    const draft = draftOf(null);
    draft.tree = formOf(THRESHOLD);
    expect(turned(draft, "json")).toBe(true);
    draft.json = draft.json.replace("200", "300");
    expect(turned(draft, "form")).toBe(true);
    expect(bodyOf(draft).definition).toEqual({ when: { ...THRESHOLD, raise_at: 300 } });
    turned(draft, "json");
    draft.json = '{"when": {"type": "moon"}}';
    expect([turned(draft, "form"), draft.mode]).toEqual([false, "json"]);
  });
});

describe("what is wrong with a rule", () => {
  const fault = (field: string, code = "missing") => ({ field, code, message: "", facts: null });

  it("stands at the field it concerns, or at the nearest above it", () => {
    const draft = draftOf(null);
    draft.tree = formOf({ type: "all", of: [AT_NIGHT, { type: "event", events: ["pass"], lasts_s: 60 }] });
    const found = placed(
      [fault("/definition/when/of/1/events/0"), fault("/definition/when/of/0/until"), fault("/name"), fault("reason"), fault("/definition/when/of/1/moon"), fault("body")],
      placesOf(draft),
    );
    expect([...found.keys()]).toEqual(["/definition/when/of/1/events", "/definition/when/of/0/until", "/name", "/reason", "/definition/when/of/1", ""]);
  });

  it("is told before it is sent where a polygon has not been drawn", () => {
    const draft = draftOf(null);
    draft.tree = formOf({ type: "all", of: [AT_NIGHT, { type: "area", polygon: { type: "Polygon", coordinates: [] } }] });
    expect(unreadable(draft)).toEqual([]);
    const area = draft.tree.of[1];
    if (area !== undefined) area.text.polygon = "";
    expect(unreadable(draft)).toEqual([fault("/definition/when/of/1/polygon")]);
  });

  it("stands at the definition while that is JSON", () => {
    const draft = { ...draftOf(null), mode: "json" as const };
    expect([...placed([fault("/definition/when/of/1/expr")], placesOf(draft)).keys()]).toEqual(["/definition"]);
  });
});

describe("a JSON text", () => {
  const TEXT = '{\n  "when": {\n    "of": [\n      {"a~/b": 1},\n      {"expr": "x \\" }"}\n    ]\n  }\n}';

  it("has a line for every pointer", () => {
    const reading = readJson(TEXT);
    expect(reading.fault).toBeNull();
    const line = (pointer: string): number => placeAt(TEXT, offsetOf(reading, pointer)).line;
    expect(["/when", "/when/of/0", "/when/of/0/a~0~1b", "/when/of/1/expr", "/when/of/1/none"].map(line)).toEqual([2, 4, 4, 5, 5]);
  });

  it.each(["", "{", '{"a": kicked}', "[1,]", '{"a" 1}', "[1] 2", "01", '"\n"', "[1", "nul", '{"a":1,}', "{'a':1}", "-", "[1.e2]"])("ends where JSON ends: %j", (text) => {
    expect(() => JSON.parse(text) as unknown).toThrow();
    expect(readJson(text).fault).not.toBeNull();
  });

  it("names the place", () => {
    expect(readJson('{\n  "when": kicked\n}').fault).toEqual({ line: 2, column: 11 });
  });

  it.each(["1e3", " [ ] ", '{"a":{"b":[null,true,-0.5e-2]}}', '"\\u00e9"'])("is read to its end: %j", (text) => {
    expect(readJson(text).fault).toBeNull();
  });
});

describe("two people at one rule", () => {
  const rule: RuleBody = { name: "甲", condition: "x_a", code: "640181", kinds: ["smoke", "camera"], definition: { when: THRESHOLD }, severity: null, enabled: true, device: null, latching: null, title_zh: "", title_en: "" };

  it("see what either has changed, and nothing else", () => {
    const theirs = { ...rule, name: "乙", kinds: ["camera", "smoke"] };
    const mine = { ...rule, definition: { when: { ...THRESHOLD, raise_at: 250 } } };
    expect(differences(rule, theirs, mine)).toEqual(["name", "definition"]);
    expect(differences(rule, { ...rule, definition: { when: Object.fromEntries(Object.entries(THRESHOLD).filter(([key]) => key !== "direction").reverse()) } }, rule)).toEqual([]);
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
