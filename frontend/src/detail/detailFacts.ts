/** An alarm's own data in words: what the rule saw when it raised the alarm. */
import type { Alarm } from "@/feed/types";
import type { Fact } from "./FactList.vue";

interface Wording {
  readonly alarmDetail: (key: string) => string;
  readonly cause: (code: string) => string;
  readonly full: (at: number) => string;
  readonly age: (ms: number) => string;
}

function valueOf(key: string, value: unknown, words: Wording): string {
  if (typeof value === "number" && key.endsWith("_ms")) return words.full(value);
  if (typeof value === "number" && key.endsWith("_s")) return words.age(value * 1000);
  if (key === "cause" && typeof value === "string") return words.cause(value);
  if (Array.isArray(value)) return value.map(String).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export function detailFacts(detail: Alarm["detail"], words: Wording): readonly Fact[] {
  // How long it had lasted when the alarm was raised: since when says it better, where it is known.
  const told = Object.entries(detail).filter(([key]) => key !== "held_s" || !("since_ms" in detail));
  return told.map(([key, value]) => ({
    name: words.alarmDetail(key),
    value: valueOf(key, value, words),
  }));
}
