/** Picking a place on the map for whoever asks: one at a time, ended by a click or by Esc. */
import { defineStore } from "pinia";
import { computed, shallowRef } from "vue";
import type { JurisdictionCode } from "@/feed/types";

/** WGS-84; `code` the jurisdiction that the map knows there. */
export interface Picked {
  readonly lng: number;
  readonly lat: number;
  readonly code: JurisdictionCode | null;
}

export const usePicking = defineStore("picking", () => {
  const waiting = shallowRef<((picked: Picked) => void) | null>(null);
  const active = computed(() => waiting.value !== null);

  function ask(then: (picked: Picked) => void): void {
    waiting.value = then;
  }

  function give(picked: Picked): void {
    const then = waiting.value;
    waiting.value = null;
    then?.(picked);
  }

  function cancel(): void {
    waiting.value = null;
  }

  return { active, ask, give, cancel };
});
