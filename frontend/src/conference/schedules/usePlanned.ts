/** What can be done with planned conferences: open, skip, end. */
import { useMessage } from "naive-ui";
import { computed, ref } from "vue";
import { useI18n } from "vue-i18n";
import { ApiError, api } from "@/api/client";
import { useFeed } from "@/state/feed";
import { useSession } from "@/state/session";
import type { Schedule } from "@/feed/types";
import { useWords } from "@/ui/words";
import { useConference } from "../conference";
import { askedFor, inOrder } from "./plan";

/** Roles that chair, as the table of permissions has them. */
const CHAIRING = ["dispatcher", "township_officer"];

export function usePlanned() {
  const { t } = useI18n();
  const words = useWords();
  const message = useMessage();
  const feed = useFeed();
  const session = useSession();
  const conference = useConference();
  const busy = ref(false);

  /** Jurisdictions at which one's own post chairs. */
  const own = computed(() => new Set((session.me?.posts ?? []).filter(({ role }) => CHAIRING.includes(role)).map(({ code }) => code)));
  const all = computed(() => inOrder(feed.schedules));
  const asked = computed(() => askedFor(feed.schedules, own.value));

  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      message.error(t("planned.failed", { why: words.failure(error) }));
      return false;
    } finally {
      busy.value = false;
    }
  }

  function open({ id }: Schedule, at: string): Promise<boolean> {
    return attempt(async () => {
      const opened = await api.post<{ readonly id: number }>(`/conference-schedules/${String(id)}/open`, { at });
      void conference.enter(opened.id);
    });
  }

  function skip({ id }: Schedule, at: string): Promise<boolean> {
    return attempt(() => api.post(`/conference-schedules/${String(id)}/skip`, { at }));
  }

  function end({ id }: Schedule): Promise<boolean> {
    return attempt(() => api.delete(`/conference-schedules/${String(id)}`));
  }

  return { own, all, asked, busy, open, skip, end };
}
