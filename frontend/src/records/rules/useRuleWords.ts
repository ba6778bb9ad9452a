/** The words a rule is told in: its condition, its devices, its definition. */
import { useI18n } from "vue-i18n";
import { placeName } from "@/state/areas";
import { useFeed } from "@/state/feed";
import { useWords } from "@/ui/words";
import { clause } from "./sentence";
import { type RuleBody, rootOf } from "./types";

export function useRuleWords() {
  const { t, te } = useI18n();
  const words = useWords();
  const feed = useFeed();
  const place = (code: string): string => placeName(feed.state.jurisdictions, code);
  const field = (name: string): string => (te(`detail.data.${name}`) ? t(`detail.data.${name}`) : name);

  function target(rule: RuleBody & { readonly device_name?: string | null }): string {
    if (rule.device !== null && rule.device !== undefined && rule.device !== "") return rule.device_name ?? rule.device;
    const kinds = (rule.kinds ?? []).map((kind) => words.kind(kind)).join(t("rules.comma"));
    return `${place(rule.code ?? "")} · ${kinds === "" ? t("rules.everyKind") : kinds}`;
  }

  function told(definition: unknown): string {
    const root = rootOf(definition);
    return root === null ? t("rules.switchesOff") : clause(root, { t, event: words.eventType, field, place });
  }

  const severity = (rule: RuleBody): string =>
    rule.severity === null || rule.severity === undefined ? t("rules.severityDefault") : t(`severity.name.${String(rule.severity)}`);

  return { ...words, place, field, target, told, severity };
}
