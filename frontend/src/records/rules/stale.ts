/** What differs between a rule as it was opened, as it is now, and as somebody has filled it in. Pure. */
import type { RuleBody } from "./types";

const PARTS = ["name", "condition", "title_zh", "title_en", "severity", "latching", "code", "kinds", "device", "definition", "enabled"] as const;
export type Part = (typeof PARTS)[number];

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value ?? "";
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== null)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, canonical(each)]),
  );
}

function differ(part: Part, one: RuleBody, other: RuleBody): boolean {
  const text = (rule: RuleBody): string => JSON.stringify(canonical(part === "kinds" ? [...(rule.kinds ?? [])].sort() : rule[part]));
  return text(one) !== text(other);
}

/** The parts that either has changed. */
export function differences(base: RuleBody, theirs: RuleBody, mine: RuleBody): Part[] {
  return PARTS.filter((part) => differ(part, base, theirs) || differ(part, base, mine));
}
