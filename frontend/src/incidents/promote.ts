/** 立为事件: alarms become a case that opens at once; one that is in a case already leads there. */
import { useMessage } from "naive-ui";
import { ref } from "vue";
import { ApiError, api } from "@/api/client";
import type { Alarm, Incident } from "@/feed/types";
import { useQueue } from "@/queue/store";
import { useFeed } from "@/state/feed";
import { useSelection } from "@/state/selection";
import { useIncidents } from "./store";
import { useIncidentWords } from "./useIncidentWords";

export function usePromote() {
  const words = useIncidentWords();
  const message = useMessage();
  const feed = useFeed();
  const queue = useQueue();
  const incidents = useIncidents();
  const selection = useSelection();
  const busy = ref(false);

  function open(id: number): void {
    selection.select({ kind: "incident", id });
    incidents.stand(id);
  }

  async function promote(alarms: readonly Alarm[]): Promise<void> {
    if (busy.value) return;
    const free = alarms.filter(({ id }) => !feed.incidentOfAlarm.has(id));
    const [first] = alarms;
    if (first === undefined) {
      message.info(words.t("incident.promoteNothing"));
      return;
    }
    const known = feed.incidentOfAlarm.get(first.id);
    if (free.length === 0 && known !== undefined) {
      open(known.id);
      return;
    }
    busy.value = true;
    try {
      const made = await api.post<Incident>("/incidents/from-alarms", { alarms: free.map(({ id }) => id) });
      queue.uncheckAll();
      open(made.id);
      const left = alarms.length - free.length;
      const done = words.t("incident.promoted", { n: free.length, number: words.short(made.number) });
      if (left > 0) message.warning([done, words.t("incident.promotedRest", { n: left })].join(words.t("common.joiner")));
      else message.success(done);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      message.error(words.t("incident.failed", { why: words.failure(error) }));
    } finally {
      busy.value = false;
    }
  }

  return { busy, promote };
}
