/** The notices to one's posts: shown here means shown on record; seen, they are gone from every console of the post. */
import { defineStore } from "pinia";
import { computed, markRaw, ref, watch } from "vue";
import { ApiError, api } from "@/api/client";
import { useFeed } from "@/state/feed";
import { useSession } from "@/state/session";
import { noticesOf, type ShownNotice } from "./mine";

const NONE: readonly ShownNotice[] = [];

export const useNotices = defineStore("notices", () => {
  const feed = useFeed();
  const session = useSession();
  const mine = computed(() =>
    session.me === null ? NONE : markRaw(noticesOf(feed.state.notices.values(), feed.state.incidents, session.me)),
  );
  const busy = ref(false);
  const reported = new Set<number>();

  /** Put on record that this page shows them; one that fails is told with the next look. */
  async function report(): Promise<void> {
    if (document.visibilityState !== "visible") return;
    for (const { notice } of mine.value) {
      if (reported.has(notice.id)) continue;
      reported.add(notice.id);
      try {
        await api.post<undefined>(`/notices/${String(notice.id)}/shown`);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        reported.delete(notice.id);
      }
    }
  }

  const look = (): void => void report();
  let stopWatching: (() => void) | null = null;

  /** From when the page shows them. */
  function start(): void {
    stop();
    stopWatching = watch(mine, look, { immediate: true });
    document.addEventListener("visibilitychange", look);
  }

  function stop(): void {
    stopWatching?.();
    stopWatching = null;
    reported.clear();
    document.removeEventListener("visibilitychange", look);
  }

  /** Throws what the server answers. The feed takes it away. */
  async function see(id: number): Promise<void> {
    busy.value = true;
    try {
      await api.post<undefined>(`/notices/${String(id)}/seen`);
    } finally {
      busy.value = false;
    }
  }

  return { mine, busy, start, stop, see };
});
