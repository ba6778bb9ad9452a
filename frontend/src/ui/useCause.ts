/** What explains a suppressed alarm, in words. */
import { useI18n } from "vue-i18n";
import { useFeed } from "@/state/feed";
import { useWords } from "./words";

/** The name of a condition of which only the code is known. A stored rule's own is called as an alarm here calls it. */
export function useCause(): (code: string) => string {
  const { t } = useI18n();
  const feed = useFeed();
  const words = useWords();
  return (code) => {
    if (!code.startsWith("x_")) return words.conditionCode(code);
    const cause = feed.alarms.find(({ condition }) => condition === code);
    return cause === undefined ? t("silence.ownCause") : words.condition(cause);
  };
}
