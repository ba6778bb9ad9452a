/** A hint in sound that somebody knocks, once for each, and never over speech. */
import { watch } from "vue";
import { pagePlayer } from "@/sound/player";
import { ATTENTION } from "@/sound/tones";
import { useConference } from "./conference";

export function useKnock(): void {
  const conference = useConference();
  let heard = new Set<number>();

  watch(
    [() => conference.knocking.map(({ number }) => number), () => conference.room.speaking.length > 0] as const,
    ([knocking, speech]) => {
      heard = new Set(knocking.filter((number) => heard.has(number)));
      const fresh = knocking.some((number) => !heard.has(number));
      if (!fresh || speech) return;
      heard = new Set(knocking);
      pagePlayer.play(ATTENTION);
    },
    { immediate: true },
  );
}
