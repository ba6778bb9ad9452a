/** What differs between a rule as it was opened, as it is now, and as somebody has filled it in. Pure. */
import { same } from "./tree";
import type { RuleBody } from "./types";

const PARTS = ["name", "condition", "title_zh", "title_en", "severity", "latching", "code", "kinds", "device", "definition", "enabled"] as const;
export type Part = (typeof PARTS)[number];

function differ(part: Part, one: RuleBody, other: RuleBody): boolean {
  if (part === "definition") return !same(one.definition ?? null, other.definition ?? null);
  if (part === "kinds") return !same([...(one.kinds ?? [])].sort(), [...(other.kinds ?? [])].sort());
  return (one[part] ?? "") !== (other[part] ?? "");
}

/** The parts that either has changed. */
export function differences(base: RuleBody, theirs: RuleBody, mine: RuleBody): Part[] {
  return PARTS.filter((part) => differ(part, base, theirs) || differ(part, base, mine));
}
