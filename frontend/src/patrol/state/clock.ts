/** One ticking second, by the server's clock as far as it is known. */
import { computed, type ComputedRef, ref } from "vue";
import { readClockOffset } from "../api";
import { keep, kept } from "./database";

const tick = ref(Date.now());
const offset = ref(0);
setInterval(() => {
  tick.value = Date.now();
}, 1000);

export function useServerNow(): ComputedRef<number> {
  return computed(() => tick.value + offset.value);
}

/** A moment of this phone's, by the server's clock. */
export function onServer(at: number): number {
  return at + offset.value;
}

export async function recallClock(): Promise<void> {
  offset.value = (await kept("clockOffset")) ?? 0;
}

export async function setClock(): Promise<void> {
  const found = await readClockOffset();
  if (found === null) return;
  offset.value = found;
  tick.value = Date.now();
  await keep("clockOffset", found);
}
