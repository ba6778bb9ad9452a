/** A rule's definition as a form: a tree of conditions whose fields are texts, named as the language names its keys.
 *
 * So a fault's JSON pointer is the place of a field. Pure. What the form has no fields for is edited as JSON.
 */
import { isNode, type Node, rootOf } from "./types";

export const LEAVES = ["threshold", "rate", "count", "event", "between", "absence", "schedule", "area", "jurisdiction", "expression"] as const;
export const JOINTS = ["held", "all", "any", "not"] as const;
export const TYPES = [...LEAVES, ...JOINTS] as const;
export type NodeType = (typeof TYPES)[number];

export type TextKey =
  | "event" | "field" | "direction" | "raise_at" | "clear_at" | "by" | "at_least" | "within_s" | "lasts_s" | "for_s"
  | "where" | "begin_where" | "end_where" | "expr" | "days" | "from" | "until" | "lat" | "lng" | "radius_m" | "polygon";

export interface NodeForm {
  readonly id: number;
  type: NodeType;
  text: Record<TextKey, string>;
  events: string[];
  begin: string[];
  end: string[];
  weekdays: number[];
  codes: string[];
  shape: "circle" | "polygon";
  of: NodeForm[];
}

let made = 0;

function nextId(): number {
  made += 1;
  return made;
}

export function emptyNode(type: NodeType = "threshold"): NodeForm {
  const text: Record<TextKey, string> = {
    event: "", field: "", direction: type === "rate" ? "rise" : "above", raise_at: "", clear_at: "", by: "", at_least: "3", within_s: "300", lasts_s: "300",
    for_s: type === "absence" ? "3600" : "60", where: "", begin_where: "", end_where: "", expr: "", days: "all", from: "", until: "", lat: "", lng: "",
    radius_m: "500", polygon: "",
  };
  return { id: nextId(), type, text, events: [], begin: [], end: [], weekdays: [], codes: [], shape: "circle", of: isJoint(type) ? [emptyNode()] : [] };
}

export function isJoint(type: NodeType): boolean {
  return (JOINTS as readonly string[]).includes(type);
}

export function isGroup(type: NodeType): boolean {
  return type === "all" || type === "any";
}

/** The node as another type; what it holds within it stays, as far as it can. */
export function retyped(node: NodeForm, type: NodeType): NodeForm {
  const fresh = emptyNode(type);
  if (isJoint(type)) fresh.of = isJoint(node.type) ? node.of : [node];
  if (isJoint(type) && !isGroup(type) && fresh.of.length > 1) fresh.of = [{ ...node, id: nextId() }];
  if (!isJoint(type) && !isJoint(node.type)) {
    fresh.events = [...node.events];
    fresh.text.event = node.text.event;
    fresh.text.field = node.text.field;
  }
  return fresh;
}

/** The node within another that combines: what stood alone, and what is to come. */
export function wrapped(node: NodeForm, type: NodeType): NodeForm {
  const outer = emptyNode(type);
  outer.of = isGroup(type) ? [node, emptyNode("schedule")] : [node];
  return outer;
}

function number(text: string): number | string {
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value) ? text : value;
}

function given(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== "" && !(Array.isArray(value) && value.length === 0)));
}

function polygon(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function area(node: NodeForm): Record<string, unknown> {
  const { lat, lng, radius_m } = node.text;
  return node.shape === "circle" ? { circle: { lat: number(lat), lng: number(lng), radius_m: number(radius_m) } } : { polygon: polygon(node.text.polygon) };
}

function body(node: NodeForm): Record<string, unknown> {
  const { text, events, of } = node;
  const by = (key: TextKey): number | string => number(text[key]);
  switch (node.type) {
    case "threshold":
      return { ...given({ event: text.event }), field: text.field, direction: text.direction, raise_at: by("raise_at"), ...given({ clear_at: by("clear_at") }) };
    case "rate":
      return { ...given({ event: text.event }), field: text.field, direction: text.direction, by: by("by"), within_s: by("within_s") };
    case "count":
      return { events, ...given({ where: text.where }), at_least: by("at_least"), within_s: by("within_s") };
    case "event":
      return { events, ...given({ where: text.where }), lasts_s: by("lasts_s") };
    case "between":
      return { begin: node.begin, end: node.end, ...given({ begin_where: text.begin_where, end_where: text.end_where }) };
    case "absence":
      return { ...given({ events }), for_s: by("for_s") };
    case "schedule":
      return { days: text.days, ...given({ weekdays: node.weekdays, from: text.from, until: text.until }) };
    case "area":
      return area(node);
    case "jurisdiction":
      return { codes: node.codes };
    case "expression":
      return { ...given({ events }), expr: text.expr };
    case "held":
      return { for_s: by("for_s"), of: of[0] === undefined ? null : toNode(of[0]) };
    case "not":
      return { of: of[0] === undefined ? null : toNode(of[0]) };
    case "all":
    case "any":
      return { of: of.map(toNode) };
  }
}

/** The condition that a form says. Numbers that are none stay texts, for the server to say where it is wrong. */
export function toNode(node: NodeForm): Record<string, unknown> {
  return { type: node.type, ...body(node) };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function read(node: Node): NodeForm | null {
  if (!(TYPES as readonly string[]).includes(node.type)) return null;
  const form = emptyNode(node.type as NodeType);
  for (const key of Object.keys(form.text) as TextKey[]) {
    const value = node[key];
    if (typeof value === "string" || typeof value === "number") form.text[key] = String(value);
    else if (key === "clear_at") form.text[key] = "";
  }
  form.events = texts(node["events"]);
  form.begin = texts(node["begin"]);
  form.end = texts(node["end"]);
  form.codes = texts(node["codes"]);
  form.weekdays = texts(node["weekdays"]).map(Number);
  const circle = node["circle"];
  if (typeof circle === "object" && circle !== null) {
    for (const key of ["lat", "lng", "radius_m"] as const) form.text[key] = String((circle as Record<string, unknown>)[key]);
  } else if (node["polygon"] !== undefined && node["polygon"] !== null) {
    form.shape = "polygon";
    form.text.polygon = JSON.stringify(node["polygon"]);
  }
  if (!isJoint(form.type)) return form;
  const inner = Array.isArray(node["of"]) ? node["of"] : [node["of"]];
  const parts = inner.map((each) => (isNode(each) ? read(each) : null));
  if (parts.some((part) => part === null)) return null;
  return { ...form, of: parts as NodeForm[] };
}

/** The form of a definition, if exactly that comes out of it again; else null. */
export function fromDefinition(definition: unknown): NodeForm | null {
  const root = rootOf(definition);
  const form = root === null ? null : read(root);
  return form !== null && same({ when: toNode(form) }, definition) ? form : null;
}

const DEFAULTS: Readonly<Record<string, unknown>> = { days: "all", lasts_s: 300 };

/** Whether two JSON values say the same, whatever the order of keys; what a default says need not be said. */
export function same(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((each, index) => same(each, other[index]));
  if (typeof one !== "object" || one === null || typeof other !== "object" || other === null) return one === other;
  const [a, b] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const defaults: Record<string, unknown> = { ...DEFAULTS, direction: a["type"] === "rate" ? "rise" : "above" };
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => same(a[name] ?? defaults[name] ?? null, b[name] ?? defaults[name] ?? null));
}

const KEYS: Readonly<Record<NodeType, readonly string[]>> = {
  threshold: ["event", "field", "direction", "raise_at", "clear_at"],
  rate: ["event", "field", "direction", "by", "within_s"],
  count: ["events", "where", "at_least", "within_s"],
  event: ["events", "where", "lasts_s"],
  between: ["begin", "end", "begin_where", "end_where"],
  absence: ["events", "for_s"],
  schedule: ["days", "weekdays", "from", "until"],
  area: ["circle/lat", "circle/lng", "circle/radius_m", "polygon"],
  jurisdiction: ["codes"],
  expression: ["events", "expr"],
  held: ["for_s"],
  not: [],
  all: [],
  any: [],
};

/** Where the conditions within one stand. */
export function pointerWithin(node: NodeForm, pointer: string, index: number): string {
  return isGroup(node.type) ? `${pointer}/of/${String(index)}` : `${pointer}/of`;
}

/** The places of all fields of a tree, as JSON pointers; a condition's own among them. */
export function pointersOf(node: NodeForm, pointer: string): string[] {
  const within = node.of.flatMap((child, index) => pointersOf(child, pointerWithin(node, pointer, index)));
  return [pointer, ...KEYS[node.type].map((key) => `${pointer}/${key}`), ...within];
}

/** The polygons that nobody has drawn yet, as JSON pointers. */
export function undrawn(node: NodeForm, pointer: string): string[] {
  const own = node.type === "area" && node.shape === "polygon" && node.text.polygon.trim() === "" ? [`${pointer}/polygon`] : [];
  return [...own, ...node.of.flatMap((child, index) => undrawn(child, pointerWithin(node, pointer, index)))];
}
