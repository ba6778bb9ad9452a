/** One ticking second for everything that shows an age, by the server's clock. */
import { computed, type ComputedRef, ref } from "vue";
import { useFeed } from "./feed";

const tick = ref(Date.now());
setInterval(() => {
  tick.value = Date.now();
}, 1000);

/** This machine's time, each second. */
export function useTick(): Readonly<typeof tick> {
  return tick;
}

/** The server's time, each second, as far as it is known. */
export function useServerNow(): ComputedRef<number> {
  const feed = useFeed();
  return computed(() => tick.value + feed.clockOffset);
}
