/** The server's time, each second, as the conference's own sockets know it. */
import { computed, type ComputedRef, onBeforeUnmount, ref } from "vue";
import { useCalling } from "./calling";

export function useCallClock(): ComputedRef<number> {
  const calling = useCalling();
  const tick = ref(Date.now());
  const timer = setInterval(() => {
    tick.value = Date.now();
  }, 1000);
  onBeforeUnmount(() => {
    clearInterval(timer);
  });
  return computed(() => tick.value + calling.clockOffset);
}
