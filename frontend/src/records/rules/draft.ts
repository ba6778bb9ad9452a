/** A rule as its form holds it, and as the API takes it. Pure. */
import type { FieldProblem } from "@/api/types";
import { readJson } from "./jsonText";
import { emptyNode, fromDefinition, type NodeForm, pointersOf, toNode, undrawn } from "./tree";
import type { Rule, RuleBody } from "./types";

export const OWN = "own";
export type Mode = "form" | "json" | "off";

export interface Draft {
  name: string;
  code: string | null;
  kinds: string[];
  device: string;
  choice: string;
  own: string;
  titleZh: string;
  titleEn: string;
  severity: string;
  latching: string;
  enabled: boolean;
  reason: string;
  mode: Mode;
  tree: NodeForm;
  json: string;
}

const PARTS = ["/name", "/condition", "/title_zh", "/title_en", "/severity", "/latching", "/code", "/kinds", "/device", "/reason", "/definition"];

function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

export function draftOf(given: Rule | null): Draft {
  const own = given === null || given.condition.startsWith("x_");
  const definition = given?.definition ?? null;
  const tree = fromDefinition(definition);
  return {
    name: given?.name ?? "",
    code: given?.code ?? null,
    kinds: [...(given?.kinds ?? [])],
    device: given?.device ?? "",
    choice: own ? OWN : given.condition,
    own: own ? (given?.condition ?? "x_") : "x_",
    titleZh: given?.title_zh ?? "",
    titleEn: given?.title_en ?? "",
    severity: given?.severity === null || given?.severity === undefined ? "" : String(given.severity),
    latching: given?.latching === true ? "yes" : given?.latching === false ? "no" : "",
    enabled: given?.enabled ?? true,
    reason: "",
    mode: given !== null && definition === null ? "off" : given === null || tree !== null ? "form" : "json",
    tree: tree ?? emptyNode(),
    json: definition === null ? "" : pretty(definition),
  };
}

/** The same definition in the other view; false if that has no fields for it, or it is no JSON. */
export function turned(draft: Draft, to: Mode): boolean {
  if (to === "json" && draft.mode === "form") draft.json = pretty({ when: toNode(draft.tree) });
  if (to === "form" && draft.mode === "json" && draft.json.trim() !== "") {
    const tree = readJson(draft.json).fault === null ? fromDefinition(JSON.parse(draft.json)) : null;
    if (tree === null) return false;
    draft.tree = tree;
  }
  draft.mode = to;
  return true;
}

/** What is wrong before anything is sent: the server cannot read what is no JSON, nor what has not been drawn. */
export function unreadable(draft: Draft): FieldProblem[] {
  if (draft.mode === "form") return undrawn(draft.tree, "/definition/when").map((field) => ({ field, code: "missing", message: "", facts: null }));
  const fault = draft.mode === "json" ? readJson(draft.json).fault : null;
  if (fault === null) return [];
  return [{ field: "/definition", code: "not_json", message: "", facts: { line: String(fault.line), column: String(fault.column) } }];
}

function definitionOf(draft: Draft): RuleBody["definition"] {
  if (draft.mode === "off") return null;
  return (draft.mode === "json" ? JSON.parse(draft.json) : { when: toNode(draft.tree) }) as RuleBody["definition"];
}

export function bodyOf(draft: Draft): RuleBody {
  const own = draft.choice === OWN;
  return {
    name: draft.name.trim(),
    code: draft.code ?? "",
    kinds: [...draft.kinds],
    device: draft.device.trim() === "" ? null : draft.device.trim(),
    condition: own ? draft.own.trim() : draft.choice,
    title_zh: own ? draft.titleZh.trim() : "",
    title_en: own ? draft.titleEn.trim() : "",
    severity: draft.severity === "" ? null : Number(draft.severity),
    latching: draft.latching === "" ? null : draft.latching === "yes",
    definition: definitionOf(draft),
    enabled: draft.enabled,
  };
}

/** The places at which the form can show a fault. */
export function placesOf(draft: Draft): string[] {
  return draft.mode === "form" ? [...PARTS, ...pointersOf(draft.tree, "/definition/when")] : PARTS;
}
