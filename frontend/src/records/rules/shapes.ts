/** The common shapes of rules as form fields, and their definitions. What fits no shape is edited as JSON. Pure. */
import { isNode, type Node, rootOf } from "./types";

export const SHAPES = ["threshold", "event", "count", "absence", "between", "rate", "expression", "json", "off"] as const;
export type Shape = (typeof SHAPES)[number];

export interface ShapeForm {
  shape: Shape;
  events: string[];
  end: string[];
  field: string;
  direction: string;
  raiseAt: string;
  clearAt: string;
  atLeast: string;
  seconds: string;
  held: string;
  expr: string;
  days: string;
  from: string;
  until: string;
  json: string;
}

export function emptyForm(): ShapeForm {
  return {
    shape: "threshold", events: [], end: [], field: "", direction: "above", raiseAt: "", clearAt: "", atLeast: "3",
    seconds: "300", held: "", expr: "", days: "all", from: "", until: "", json: '{\n  "when": {}\n}',
  };
}

function numeric(text: string): number | string {
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value) ? text : value;
}

function optional(name: string, text: string): Record<string, unknown> {
  return text.trim() === "" ? {} : { [name]: numeric(text) };
}

function core(form: ShapeForm): Record<string, unknown> {
  const some = form.events.length > 0 ? { events: form.events } : {};
  const one = form.events[0] === undefined ? {} : { event: form.events[0] };
  switch (form.shape) {
    case "threshold":
      return { type: "threshold", ...one, field: form.field, direction: form.direction, raise_at: numeric(form.raiseAt), ...optional("clear_at", form.clearAt) };
    case "rate":
      return { type: "rate", ...one, field: form.field, direction: form.direction === "below" ? "fall" : "rise", by: numeric(form.raiseAt), within_s: numeric(form.seconds) };
    case "event":
      return { type: "event", events: form.events, lasts_s: numeric(form.seconds) };
    case "count":
      return { type: "count", events: form.events, at_least: numeric(form.atLeast), within_s: numeric(form.seconds) };
    case "absence":
      return { type: "absence", ...some, for_s: numeric(form.seconds) };
    case "between":
      return { type: "between", begin: form.events, end: form.end };
    default:
      return { type: "expression", ...some, expr: form.expr };
  }
}

/** The definition; null switches the condition off. Throws SyntaxError for JSON that is none. */
export function toDefinition(form: ShapeForm): unknown {
  if (form.shape === "off") return null;
  if (form.shape === "json") return JSON.parse(form.json);
  let when = core(form);
  if (form.held.trim() !== "") when = { type: "held", for_s: numeric(form.held), of: when };
  const timed = form.days !== "all" || form.from !== "" || form.until !== "";
  if (timed) {
    const hours = form.from !== "" || form.until !== "" ? { from: form.from, until: form.until } : {};
    when = { type: "all", of: [{ type: "schedule", days: form.days, ...hours }, when] };
  }
  return { when };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : typeof value === "string" ? [value] : [];
}

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** A shape's node within its hold and its schedule. */
function unwrap(root: Node, form: ShapeForm): Node {
  let node = root;
  const parts = node["of"];
  if (node.type === "all" && Array.isArray(parts) && parts.length === 2 && isNode(parts[0]) && parts[0].type === "schedule" && isNode(parts[1])) {
    form.days = text(parts[0]["days"]) || "all";
    form.from = text(parts[0]["from"]);
    form.until = text(parts[0]["until"]);
    node = parts[1];
  }
  if (node.type === "held" && isNode(node["of"])) {
    form.held = text(node["for_s"]);
    node = node["of"];
  }
  return node;
}

/** The form of a definition: a shape if exactly that comes out of it again, else JSON. */
export function fromDefinition(definition: unknown): ShapeForm {
  const form = emptyForm();
  if (definition === null || definition === undefined) return { ...form, shape: "off" };
  const raw: ShapeForm = { ...emptyForm(), shape: "json", json: JSON.stringify(definition, null, 2) };
  const root = rootOf(definition);
  if (root === null) return raw;
  const node = unwrap(root, form);
  form.shape = (SHAPES as readonly string[]).includes(node.type) ? (node.type as Shape) : "json";
  form.events = texts(node["events"] ?? node["begin"] ?? node["event"]);
  form.end = texts(node["end"]);
  form.field = text(node["field"]);
  form.direction = node["direction"] === "below" || node["direction"] === "fall" ? "below" : "above";
  form.raiseAt = text(node["raise_at"] ?? node["by"]);
  form.clearAt = text(node["clear_at"]);
  form.atLeast = text(node["at_least"]) || form.atLeast;
  form.seconds = text(node["lasts_s"] ?? node["within_s"] ?? (node.type === "absence" ? node["for_s"] : undefined)) || form.seconds;
  form.expr = text(node["expr"]);
  form.json = raw.json;
  return form.shape !== "json" && same(toDefinition(form), definition) ? form : raw;
}

/** Whether two JSON values say the same, whatever the order of keys; what a default says need not be said. */
function same(made: unknown, given: unknown): boolean {
  if (Array.isArray(made) && Array.isArray(given)) {
    return made.length === given.length && made.every((each, index) => same(each, given[index]));
  }
  if (typeof made === "object" && made !== null && typeof given === "object" && given !== null) {
    const [a, b] = [made as Record<string, unknown>, given as Record<string, unknown>];
    const fallback: Record<string, unknown> = { direction: a["type"] === "rate" ? "rise" : "above", days: "all" };
    const names = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...names].every((name) => same(a[name] ?? fallback[name] ?? null, b[name] ?? fallback[name] ?? null));
  }
  return made === given;
}
