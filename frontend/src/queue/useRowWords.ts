/** The words that rows share, looked up once for each language and scope instead of once for each row. */
import { computed, type ComputedRef } from "vue";
import { useI18n } from "vue-i18n";
import { type AlarmGroupMark, SEVERITIES, type Severity } from "@/feed/types";
import { placeName, placeWithin } from "@/state/areas";
import { useFeed } from "@/state/feed";
import { useScope } from "@/state/scope";
import { ownTitle, type Titled } from "@/ui/titled";
import { useWords } from "@/ui/words";

export interface RowWords {
  readonly short: Readonly<Record<Severity, string>>;
  readonly name: Readonly<Record<Severity, string>>;
  readonly gone: string;
  readonly cleared: string;
  readonly latched: string;
  readonly latchedTip: string;
  readonly unacknowledged: string;
  readonly joiner: string;
  condition(alarm: Titled): string;
  place(code: string): string;
  shortPlace(code: string): string;
  inIncident(number: string): string;
  /** The level that an alarm was passed up to, short. */
  passedTo(code: string): string;
  passedTip(code: string, at: string, reminders: number): string;
  hasIt(name: string): string;
  times(n: number): string;
  timesTip(n: number, at: string): string;
  readonly chattering: string;
  readonly chatterTip: string;
  readonly grouped: string;
  readonly opened: string;
  readonly folded: string;
  readonly seen: string;
  /** What a correlation rule calls its groups. */
  rule(mark: AlarmGroupMark): string;
  waiting(n: number): string;
  size(n: number): string;
  newest(at: string): string;
  acknowledged(by: string | null, at: string): string;
}

function remembered<K, V>(make: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = make(key)));
    return value;
  };
}

export function useRowWords(): ComputedRef<RowWords> {
  const { t, te, locale } = useI18n();
  const words = useWords();
  const feed = useFeed();
  const scope = useScope();

  const perLocale = computed(() => {
    void locale.value;
    const shipped = remembered((code: string) => words.conditionCode(code));
    const each = (group: string): Record<Severity, string> =>
      Object.fromEntries(SEVERITIES.map((severity) => [severity, t(`${group}.${String(severity)}`)])) as Record<
        Severity,
        string
      >;
    return {
      short: each("severity.short"),
      name: each("severity.name"),
      gone: t("queue.gone"),
      cleared: t("queue.cleared"),
      latched: t("queue.latched"),
      latchedTip: t("queue.latchedTip"),
      unacknowledged: t("queue.unackTip"),
      joiner: t("common.joiner"),
      condition: (alarm: Titled) => ownTitle(alarm, locale.value) || shipped(alarm.condition),
      inIncident: (number: string) => t("queue.inIncident", { number }),
      passedTo: remembered((code: string) => t("queue.passedTo", { level: words.levelOf(code) })),
      passedTip: (code: string, at: string, reminders: number) =>
        t("queue.passedTip", { level: words.levelOf(code), at: words.full(at), n: reminders }),
      hasIt: remembered((name: string) => t("queue.hasIt", { name })),
      times: remembered((n: number) => t("queue.times", { n })),
      chattering: t("queue.chattering"),
      chatterTip: t("queue.chatterTip"),
      grouped: t("queue.grouped"),
      opened: t("queue.opened"),
      folded: t("queue.folded"),
      seen: t("queue.allSeen"),
      rule: ({ rule, name }: AlarmGroupMark) => (te(`correlation.${rule}`) ? t(`correlation.${rule}`) : name),
      waiting: (n: number) => t("queue.unacknowledgedOf", { n }),
      size: (n: number) => t("queue.count", { n }),
      newest: (at: string) => t("queue.newestAt", { at }),
      timesTip: (n: number, at: string) => t("queue.timesTip", { n, at: words.full(at) }),
      acknowledged: (by: string | null, at: string) => t("queue.ackBy", { name: by ?? "", at }),
    };
  });
  const areas = computed(() => feed.state.jurisdictions);

  return computed(() => {
    const [known, prefix] = [areas.value, scope.prefix];
    return {
      ...perLocale.value,
      place: remembered((code: string) => placeName(known, code)),
      shortPlace: remembered((code: string) => placeWithin(known, code, prefix)),
    };
  });
}
