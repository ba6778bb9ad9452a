/** Rules as the API tells them, and conditions as their JSON says them. */
import type { components } from "@generated/api";

type Schemas = components["schemas"];
export type Rule = Schemas["RuleData"];
export type RuleBody = Schemas["RuleBody"];
export type RuleVersion = Schemas["RuleVersionData"];
export type RuleLanguage = Schemas["RuleLanguage"];
export type ShippedRule = Schemas["ShippedRule"];
export type FaultCode = Schemas["FaultCode"];
export type Trial = Schemas["TrialData"];

/** A condition of the definition language; what this build does not know is told as JSON. */
export interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

/** The root of a definition, null where there is none. */
export function rootOf(definition: unknown): Node | null {
  const when = typeof definition === "object" && definition !== null ? (definition as { when?: unknown }).when : null;
  return isNode(when) ? when : null;
}
