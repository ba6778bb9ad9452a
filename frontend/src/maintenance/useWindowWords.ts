/** What a maintenance window is about, in words. */
import { useI18n } from "vue-i18n";
import { placeName } from "@/state/areas";
import { useFeed } from "@/state/feed";
import { useWords } from "@/ui/words";

interface About {
  readonly device: string | null;
  readonly code: string;
  /** null: not decided yet, and not said. */
  readonly kinds: readonly string[] | null;
}

export function useWindowWords() {
  const { t } = useI18n();
  const words = useWords();
  const feed = useFeed();

  function about({ device, code, kinds }: About): string {
    if (device !== null) return feed.state.devices.get(device)?.name ?? device;
    const place = placeName(feed.state.jurisdictions, code);
    if (kinds === null) return place;
    return `${place} · ${kinds.map((kind) => words.kind(kind)).join(t("common.joiner")) || t("maintenance.allKinds")}`;
  }

  return { about };
}
