/** A duty room that consented joins by itself: shown for three seconds, then it is in. */
import { computed, onBeforeUnmount, ref, watch } from "vue";
import { AUTOMATIC_AFTER_MS } from "./state/ringing";
import type { Invitation } from "./state/types";

export function useAutomatic(call: () => Invitation | null, answer: (call: Invitation) => void) {
  const left = ref<number | null>(null);
  let timer: ReturnType<typeof setInterval> | undefined;

  watch(
    () => {
      const item = call();
      return item !== null && item.automatic ? item.conference : null;
    },
    (conference) => {
      clearInterval(timer);
      left.value = conference === null ? null : AUTOMATIC_AFTER_MS / 1000;
      if (conference === null) return;
      timer = setInterval(() => {
        left.value = Math.max(0, (left.value ?? 0) - 1);
        const item = call();
        if (left.value > 0 || item === null) return;
        clearInterval(timer);
        answer(item);
      }, 1000);
    },
    { immediate: true },
  );
  onBeforeUnmount(() => {
    clearInterval(timer);
  });
  return { left: computed(() => left.value) };
}
