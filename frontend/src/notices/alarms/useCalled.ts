/** The alarms that this person's posts are called to, and the words for it. */
import { computed } from "vue";
import type { Alarm } from "@/feed/types";
import { placeName } from "@/state/areas";
import { useFeed } from "@/state/feed";
import { useServerNow } from "@/state/now";
import { useSession } from "@/state/session";
import { useWords } from "@/ui/words";
import { calledTo, isPassedUp, postCodes } from "./called";

export function useCalled(which: { reminders: boolean }) {
  const feed = useFeed();
  const session = useSession();
  const words = useWords();
  const now = useServerNow();
  const codes = computed(() => (session.me === null ? new Set<string>() : postCodes(session.me)));
  const called = computed(() => calledTo(feed.alarms, codes.value, which).filter(({ level }) => session.can("alarms.acknowledge", level)));

  const place = (code: string): string => placeName(feed.state.jurisdictions, code);
  const where = ({ site, device_name }: Alarm): string => [...new Set([site, device_name])].filter((part) => part !== "").join(" · ");

  /** Whom it was passed to and when, or how often they were reminded. */
  function why(alarm: Alarm): string {
    if (alarm.escalated_at !== null) {
      return words.t("alarmCall.passedTo", { place: place(alarm.level), at: words.brief(alarm.escalated_at, now.value) });
    }
    return words.t("alarmCall.reminded", { n: alarm.reminders });
  }

  const kind = (alarm: Alarm): string => words.t(isPassedUp(alarm) ? "alarmCall.kind.passed" : "alarmCall.kind.reminded");

  return { called, where, why, kind, place };
}
