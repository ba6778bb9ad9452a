/** Rings for as long as a call is there: in sound where the browser allows it, by vibration on a phone. */
import { onBeforeUnmount, onMounted, watch } from "vue";
import { pagePlayer } from "@/sound/player";
import { RING, RING_EVERY_MS } from "@/sound/tones";

const BUZZ_MS = [400, 200, 400];

/** `quiet`: somebody speaks, and must not be drowned. */
export function useRing(isRinging: () => boolean, quiet: () => boolean = () => false): void {
  let timer: ReturnType<typeof setInterval> | undefined;

  function ring(): void {
    if (quiet()) return;
    pagePlayer.play(RING);
    if ("vibrate" in navigator && navigator.userActivation.hasBeenActive) navigator.vibrate(BUZZ_MS);
  }

  /** Browsers open the sound only during a click or a key press, and complain about every other try. */
  function unlock(): void {
    if (pagePlayer.state() !== "ready") void pagePlayer.unlock();
  }

  watch(
    isRinging,
    (ringing) => {
      clearInterval(timer);
      if (!ringing) return;
      ring();
      timer = setInterval(ring, RING_EVERY_MS);
    },
    { immediate: true },
  );
  onMounted(() => {
    window.addEventListener("pointerdown", unlock);
    window.addEventListener("keydown", unlock);
  });
  onBeforeUnmount(() => {
    clearInterval(timer);
    window.removeEventListener("pointerdown", unlock);
    window.removeEventListener("keydown", unlock);
  });
}
