/** The words for incidents and tasks, and the names that go into them. */
import { computed } from "vue";
import { useI18n } from "vue-i18n";
import type { TimelineEntry, UnitSuggestion } from "@/api/types";
import type { Incident } from "@/feed/types";
import { placeName } from "@/state/areas";
import { useFeed } from "@/state/feed";
import { useServerNow } from "@/state/now";
import { useSession } from "@/state/session";
import { useWords } from "@/ui/words";
import { useCategories } from "./categories";
import { type Clocked, leftOf } from "./light";
import { sentenceOf, type Telling } from "./timeline";

export function useIncidentWords() {
  const { t } = useI18n();
  const words = useWords();
  const feed = useFeed();
  const session = useSession();
  const categories = useCategories();
  const now = useServerNow();
  const today = computed(() => {
    const date = new Date(now.value);
    return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
      .map((part) => String(part).padStart(2, "0"))
      .join("");
  });

  /** What lies over one's posts is not on the feed; whoever is signed in knows its name. */
  const place = (code: string): string =>
    feed.state.jurisdictions.has(code)
      ? placeName(feed.state.jurisdictions, code)
      : (session.me?.above[code] ?? code);
  const unit = (id: number): string => feed.state.units.get(id)?.name ?? t("incident.unitGone", { id });

  const telling: Telling = {
    t: (key, named = {}) => t(key, named),
    place,
    category: (code) => categories.name(code),
    severity: (severity) => t(`severity.name.${String(severity)}`),
    condition: words.condition,
    source: words.source,
    stage: words.stage,
    taskState: words.taskState,
    role: words.role,
    unit,
    moment: (at) => words.brief(at, now.value),
    span: words.age,
  };

  /** `#0012` for one of today, `1121-0012` for an older one: the day goes without saying. */
  function short(number: string): string {
    const [day, count] = number.split("-");
    if (day === undefined || count === undefined) return number;
    return day === today.value ? `#${count}` : `${day.slice(4)}-${count}`;
  }

  /** How long is left, or for how long it has been over; what stands still says so. */
  function timeLeft(incident: Clocked & Pick<Incident, "stage" | "suspended_until">): string {
    const left = leftOf(incident, now.value);
    if (left !== null) {
      return t(left >= 0 ? "incident.left" : "incident.over", { age: words.age(Math.abs(left)) });
    }
    return incident.stage === "suspended" && incident.suspended_until !== null
      ? t("incident.until", { at: words.brief(incident.suspended_until, now.value) })
      : "";
  }

  function distance(metres: number): string {
    return metres < 1000
      ? t("incident.metres", { n: Math.round(metres / 10) * 10 })
      : t("incident.kilometres", { n: (metres / 1000).toFixed(1) });
  }

  /** Why a unit stands where it stands. */
  function unitReason({ code, value }: UnitSuggestion["reasons"][number]): string {
    switch (code) {
      case "busy":
        return t("dispatch.reason.busy", { value: value ?? 1 });
      case "skill":
        return t("dispatch.reason.skill", { value: words.skill(String(value)) });
      case "stale_position":
        return t("dispatch.reason.stale_position", { value: words.age(Number(value) * 1000) });
      default:
        return words.dispatchReason(code);
    }
  }

  return {
    ...words,
    unitReason,
    place,
    unit,
    category: (code: string) => categories.name(code),
    short,
    timeLeft,
    distance,
    sentence: (entry: TimelineEntry) => sentenceOf(entry, telling),
  };
}
