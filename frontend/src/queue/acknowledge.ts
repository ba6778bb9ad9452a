/** Acknowledging: which dialog is open, what the server answered. Nothing is assumed before it did. */
import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";
import { api } from "@/api/client";
import type { AcknowledgeResult } from "@/api/types";
import type { Alarm } from "@/feed/types";

/** The API's limit per call. */
const BATCH = 500;

export const useAcknowledge = defineStore("acknowledge", () => {
  /** What the open dialog is about; null while none is open. */
  const asking = shallowRef<readonly Alarm[] | null>(null);
  const busy = ref(false);
  /** How many have been answered for. */
  const done = ref(0);

  function ask(alarms: readonly Alarm[]): void {
    if (alarms.length > 0 && !busy.value) asking.value = alarms;
  }

  function cancel(): void {
    if (!busy.value) asking.value = null;
  }

  async function submit(note: string): Promise<AcknowledgeResult> {
    const ids = (asking.value ?? []).map((alarm) => alarm.id);
    const total = { acknowledged: [] as number[], already: [] as number[], not_found: [] as number[] };
    busy.value = true;
    done.value = 0;
    try {
      for (let from = 0; from < ids.length; from += BATCH) {
        const part = await api.post<AcknowledgeResult>("/alarms/acknowledge", {
          ids: ids.slice(from, from + BATCH),
          note,
        });
        total.acknowledged.push(...part.acknowledged);
        total.already.push(...part.already);
        total.not_found.push(...part.not_found);
        done.value = Math.min(ids.length, from + BATCH);
      }
      asking.value = null;
      return total;
    } finally {
      busy.value = false;
    }
  }

  return { asking, busy, done, ask, cancel, submit };
});
