/** Setting a unit's status: asks the server, and tells in words what came of it. */
import { useMessage } from "naive-ui";
import { ref } from "vue";
import { ApiError, api } from "@/api/client";
import type { Unit, UnitStatus } from "@/feed/types";
import { useWords } from "@/ui/words";

export function useUnitStatus() {
  const words = useWords();
  const message = useMessage();
  const busy = ref(false);

  async function set(unit: Unit, status: UnitStatus): Promise<void> {
    busy.value = true;
    try {
      await api.post<Unit>(`/units/${String(unit.id)}/status`, { status });
      message.success(
        words.t("unit.changed", { name: unit.name, status: words.t(`unitStatus.${status}`) }),
      );
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      message.error(words.t("unit.failed", { why: words.failure(error) }));
    } finally {
      busy.value = false;
    }
  }

  return { busy, set };
}
