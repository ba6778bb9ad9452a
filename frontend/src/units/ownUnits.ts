/** The units that one belongs to oneself: their tasks are one's own. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { ApiError, api } from "@/api/client";
import type { Unit } from "@/feed/types";
import { useSession } from "@/state/session";

export const useOwnUnits = defineStore("own-units", () => {
  const session = useSession();
  const units = shallowRef<readonly Unit[]>([]);
  const asked = ref<number | null>(null);
  const ids = computed<ReadonlySet<number>>(() => new Set(units.value.map(({ id }) => id)));

  /** Read once for each person who may carry tasks. */
  async function load(): Promise<void> {
    const who = session.me?.id ?? null;
    if (asked.value === who) return;
    asked.value = who;
    units.value = [];
    if (who === null || !session.can("tasks.carry")) return;
    try {
      const { units: found } = await api.get<{ readonly units: readonly Unit[] }>("/me/duty");
      if (session.me?.id === who) units.value = found;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      asked.value = null; // whoever asks next tries again
    }
  }

  return { units, ids, load };
});
