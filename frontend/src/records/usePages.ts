/** A list read page by page: filters start it over, `more` goes on. */
import { computed, ref, shallowRef, watch } from "vue";
import { ApiError, api, type Query } from "@/api/client";
import type { Page } from "@/api/types";

const PAGE = 50;

/** `when`: whether the query can be asked at all; while it cannot, what was read stays. */
export function usePages<T>(path: string, query: () => Query, when: () => boolean = () => true) {
  const items = shallowRef<readonly T[]>([]);
  const next = ref<string | null>(null);
  const failure = shallowRef<ApiError | null>(null);
  const loading = ref(false);
  const loaded = ref(false);
  let latest = 0;

  async function read(cursor: string | null): Promise<void> {
    latest += 1;
    const mine = latest;
    loading.value = true;
    failure.value = null;
    try {
      const page = await api.get<Page<T>>(path, { ...query(), cursor, limit: PAGE });
      if (mine !== latest) return;
      items.value = cursor === null ? page.items : [...items.value, ...page.items];
      next.value = page.next;
      loaded.value = true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (mine === latest) failure.value = error;
    } finally {
      if (mine === latest) loading.value = false;
    }
  }

  watch(
    () => JSON.stringify(query()),
    () => {
      if (when()) void read(null);
    },
    { immediate: true },
  );

  return {
    items,
    failure,
    loading,
    empty: computed(() => loaded.value && items.value.length === 0),
    loaded,
    hasMore: computed(() => next.value !== null),
    more: () => read(next.value),
    reload: () => void read(null),
    /** Puts a changed item in the place of the old one. */
    replace(matches: (item: T) => boolean, change: Partial<T>): void {
      items.value = items.value.map((item) => (matches(item) ? { ...item, ...change } : item));
    },
  };
}
