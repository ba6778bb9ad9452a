/** What is wrong with a rule, in the words of the page. */
import { useI18n } from "vue-i18n";
import type { FieldProblem } from "@/api/types";
import { useRuleWords } from "./useRuleWords";

export function useFaultWords() {
  const { t, te } = useI18n();
  const words = useRuleWords();

  /** Event types and fields by their names; other things (names of an expression, say) as they are. */
  function named(code: string, name: string): string {
    if (code === "unknown_event") return words.eventType(name);
    return code === "unknown_field" ? words.field(name) : name;
  }

  return function told({ code, message, facts }: FieldProblem): string {
    const key = `rules.fault.${code}`;
    const found: Record<string, string> = { ...facts };
    if (found["name"] !== undefined) found["name"] = named(code, found["name"]);
    if (found["known"] !== undefined) found["known"] = found["known"].split(" ").map((name) => named(code, name)).join(t("rules.comma"));
    const word = te(key) || te(key, "zh-Hans") ? t(key, found) : message;
    return found["line"] === undefined ? word : t("rules.faultAt", { line: found["line"], column: found["column"] ?? "1", word });
  };
}
