/** Reads something for as long as its key stands: loading, value or failure; late answers are dropped. */
import { ref, shallowRef, type Ref, type ShallowRef, watch } from "vue";
import { ApiError } from "@/api/client";

export interface Load<T> {
  readonly value: ShallowRef<T | null>;
  readonly failure: ShallowRef<ApiError | null>;
  readonly loading: Ref<boolean>;
  /** Reads again; done when the answer is there, or has been overtaken. */
  reload(): Promise<void>;
}

/** `key` null reads nothing. A new key forgets the old value; `reload` keeps it until the answer. */
export function useLoad<K, T>(key: () => K | null, read: (key: K) => Promise<T>): Load<T> {
  const value = shallowRef<T | null>(null);
  const failure = shallowRef<ApiError | null>(null);
  const loading = ref(false);
  let latest = 0;

  async function run(wanted: K | null): Promise<void> {
    latest += 1;
    const mine = latest;
    failure.value = null;
    loading.value = wanted !== null;
    if (wanted === null) return;
    try {
      const answer = await read(wanted);
      if (mine === latest) value.value = answer;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (mine === latest) failure.value = error;
    } finally {
      if (mine === latest) loading.value = false;
    }
  }

  watch(
    key,
    (next) => {
      value.value = null;
      void run(next);
    },
    { immediate: true },
  );
  return { value, failure, loading, reload: () => run(key()) };
}
