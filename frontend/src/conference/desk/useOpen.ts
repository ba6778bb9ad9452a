/** Begins a conference about what is selected, or about nothing in particular. */
import { computed } from "vue";
import { useI18n } from "vue-i18n";
import { useFeed } from "@/state/feed";
import { useSelection } from "@/state/selection";
import { useSession } from "@/state/session";
import { useWords } from "@/ui/words";
import { type Opening, openingAt, openingFor } from "./opening";
import { useDesk } from "./store";

export function useOpen() {
  const { t } = useI18n();
  const words = useWords();
  const feed = useFeed();
  const session = useSession();
  const selection = useSelection();
  const desk = useDesk();

  const mayOpen = computed(() => session.can("conferences.open"));

  function adHoc(): Opening {
    const code = session.me?.permissions["conferences.open"]?.[0] ?? "";
    return openingAt(code, t("conference.adHoc"));
  }

  function open(): void {
    if (!mayOpen.value) return;
    const about = openingFor(selection.selected, feed.state, words.condition);
    desk.opening = about !== null && session.can("conferences.open", about.code) ? about : adHoc();
  }

  /** About a case, as its response plan asks. */
  function openAbout(incident: number, calls: NonNullable<Opening["calls"]>): void {
    const about = openingFor({ kind: "incident", id: incident }, feed.state, words.condition);
    if (about === null || !session.can("conferences.open", about.code)) return;
    desk.opening = { ...about, calls };
  }

  return { mayOpen, mayOpenAt: (code: string) => session.can("conferences.open", code), open, openAbout };
}
