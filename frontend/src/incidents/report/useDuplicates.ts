/** Open incidents that one here may repeat, asked for a moment after the question stopped changing. */
import { onBeforeUnmount, ref, watch } from "vue";
import { api, type Query } from "@/api/client";
import type { LikelyDuplicate } from "@/api/types";
import { useLoad } from "@/detail/useLoad";

const PAUSE_MS = 300;

/** `query` null asks nothing: too little is known yet. */
export function useDuplicates(query: () => Query | null) {
  const settled = ref<string | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const wanted = (): string | null => {
    const asked = query();
    return asked === null ? null : JSON.stringify(asked);
  };
  watch(
    wanted,
    (next) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        settled.value = next;
      }, PAUSE_MS);
    },
    { immediate: true },
  );
  onBeforeUnmount(() => {
    clearTimeout(timer);
  });

  return useLoad(
    () => settled.value,
    (text) => api.get<readonly LikelyDuplicate[]>("/incidents/likely-duplicates", JSON.parse(text) as Query),
  );
}
