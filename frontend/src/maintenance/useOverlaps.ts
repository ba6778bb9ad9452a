/** Asks the server what a draft overlaps, whenever its equipment or times change. */
import { computed, onBeforeUnmount, ref, type Ref, shallowRef, watch } from "vue";
import { ApiError, api } from "@/api/client";
import type { WindowOverlap } from "@/api/types";
import type { MaintenanceWindow } from "@/feed/types";
import { useServerNow } from "@/state/now";
import { useWords } from "@/ui/words";
import { type Draft, questionOf, type Target } from "./draft";

const PAUSE_MS = 250;
const NONE: readonly WindowOverlap[] = [];

export function useOverlaps(draft: Draft, target: Ref<Target>, changed: Ref<MaintenanceWindow | null>) {
  const words = useWords();
  const now = useServerNow();
  const found = shallowRef(NONE);
  const failure = ref("");
  /** What `found` answers. */
  const answered = ref("");
  const question = computed(() => {
    const asked = questionOf(draft, target.value, changed.value, now.value);
    return asked === null ? "" : JSON.stringify(asked);
  });
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function ask(): Promise<void> {
    const asked = question.value;
    if (asked === "") return;
    failure.value = "";
    try {
      const answer = await api.post<WindowOverlap[]>("/maintenance/overlaps", JSON.parse(asked));
      if (asked !== question.value) return;
      found.value = answer;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (asked !== question.value) return;
      // Whether it may be saved is the server's to say in any case.
      found.value = NONE;
      failure.value = words.failure(error);
    }
    answered.value = asked;
  }

  watch(question, () => {
    clearTimeout(timer);
    if (question.value === "") found.value = NONE;
    else timer = setTimeout(() => void ask(), answered.value === "" ? 0 : PAUSE_MS);
  }, { immediate: true });
  onBeforeUnmount(() => { clearTimeout(timer); });

  return { found, failure, known: computed(() => question.value !== "" && answered.value === question.value), ask: () => void ask() };
}
