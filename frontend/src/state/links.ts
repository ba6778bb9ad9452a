/** Lines that the map shows from an incident: to the units that were, or might be, sent, and to where a photo was taken. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";

/** `photo`: from an incident to where a photo of it was taken. */
export type LinkLook = "sent" | "chosen" | "offered" | "photo";

/** [lng, lat], WGS-84. */
export interface MapLink {
  readonly key: string;
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly look: LinkLook;
}

const NONE: readonly MapLink[] = [];

export const useMapLinks = defineStore("mapLinks", () => {
  /** By who shows them: each replaces its own. */
  const bySource = shallowRef<Readonly<Record<string, readonly MapLink[]>>>({});
  const links = computed(() => Object.values(bySource.value).flat());

  function show(source: string, next: readonly MapLink[]): void {
    bySource.value = { ...bySource.value, [source]: next };
  }

  /** Asks the map to bring all of them into view, when they are new. */
  const framed = ref(0);
  function frame(): void {
    framed.value += 1;
  }

  function clear(source: string): void {
    if ((bySource.value[source] ?? NONE).length > 0) show(source, NONE);
  }

  return { links, framed, show, frame, clear };
});
