/** Archived incidents to choose from: what is typed is looked for in the records, and the one chosen stays known. */
import { computed, onBeforeUnmount, ref, watch } from "vue";
import { api, ApiError } from "@/api/client";
import type { IncidentDetail } from "@/api/types";
import { useLoad } from "@/detail/useLoad";
import type { Incident } from "@/feed/types";

const PAUSE_MS = 300;
/** A letter alone finds half of the records. */
const FROM_LETTERS = 2;
const MOST = 6;

export function useArchived(query: () => string, chosen: () => number | null, isLive: (id: number) => boolean) {
  const settled = ref<string | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(
    () => query().trim(),
    (text) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        settled.value = text.length < FROM_LETTERS ? null : text;
      }, PAUSE_MS);
    },
    { immediate: true },
  );
  onBeforeUnmount(() => {
    clearTimeout(timer);
  });

  const found = useLoad(
    () => settled.value,
    async (text) => (await api.get<{ readonly items: readonly Incident[] }>("/incidents", { text, stage: "archived", limit: MOST })).items,
  );
  /** The one chosen, where it has left the consoles; null if it is to be seen no more. */
  const kept = useLoad(
    () => {
      const id = chosen();
      return id === null || isLive(id) ? null : id;
    },
    async (id) => {
      try {
        const { incident } = await api.get<IncidentDetail>(`/incidents/${String(id)}`);
        return incident.stage === "archived" ? (incident as Incident) : null;
      } catch (error) {
        if (error instanceof ApiError && error.code === "not_found") return null;
        throw error;
      }
    },
  );

  const incidents = computed<readonly Incident[]>(() => {
    const matching = settled.value === null ? [] : (found.value.value ?? []);
    const one = kept.value.value;
    return one === null || matching.some(({ id }) => id === one.id) ? matching : [one, ...matching];
  });
  return { incidents, loading: kept.loading };
}
