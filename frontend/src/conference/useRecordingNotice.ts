/** Tells whoever is in the room that it is recorded: notes, a voice of this machine if it has one, and words. */
import { onBeforeUnmount, ref, watch } from "vue";
import { useI18n } from "vue-i18n";
import { pagePlayer } from "@/sound/player";
import { useConference } from "./conference";
import { type Change, changeOf, localVoice, RECORDING_OFF, RECORDING_ON, SPOKEN_AFTER_MS } from "./recording";
import type { Recording } from "./state/types";

const SHOWN_MS = 8_000;

export function useRecordingNotice() {
  const { t, locale } = useI18n();
  const conference = useConference();
  /** What has just happened, for as long as the words stand. */
  const change = ref<Change>(null);
  let known: Recording | null = null;
  let hiding: ReturnType<typeof setTimeout> | undefined;
  let speaking: ReturnType<typeof setTimeout> | undefined;

  async function sound(what: "started" | "stopped"): Promise<void> {
    await pagePlayer.unlock();
    pagePlayer.play(what === "started" ? RECORDING_ON : RECORDING_OFF);
    if (!("speechSynthesis" in window)) return;
    clearTimeout(speaking);
    // Asked for once, voices are there a moment later.
    speechSynthesis.getVoices();
    speaking = setTimeout(() => {
      const voice = localVoice(speechSynthesis.getVoices(), locale.value);
      if (voice === null) return;
      const words = new SpeechSynthesisUtterance(t(`call.recording.${what}`));
      words.voice = voice;
      words.lang = voice.lang;
      speechSynthesis.speak(words);
    }, SPOKEN_AFTER_MS);
  }

  watch(
    () => (conference.inside ? conference.room.state?.conference.recording : undefined),
    (now) => {
      if (now === undefined) return;
      const what = changeOf(known, now);
      known = now;
      if (what === null) return;
      change.value = what;
      clearTimeout(hiding);
      hiding = setTimeout(() => { change.value = null; }, SHOWN_MS);
      void sound(what);
    },
    { immediate: true },
  );
  onBeforeUnmount(() => {
    clearTimeout(hiding);
    clearTimeout(speaking);
  });
  return change;
}
