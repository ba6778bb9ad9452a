/** How the server's processes do, asked every 10 s; the same call measures the round trip. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { ApiError, api } from "@/api/client";
import type { SystemStatus } from "@/api/types";

const INTERVAL_MS = 10_000;

export const useSystem = defineStore("system", () => {
  const status = shallowRef<SystemStatus | null>(null);
  const roundTrip = ref<number | null>(null);
  /** The version that served this page; another one now means that a reload is due. */
  const firstVersion = ref<string | null>(null);
  let timer: ReturnType<typeof setInterval> | undefined;

  const outdated = computed(
    () =>
      firstVersion.value !== null &&
      status.value !== null &&
      status.value.version !== firstVersion.value,
  );
  const failing = computed(
    () => status.value?.processes.filter((process) => !process.ready) ?? [],
  );

  async function poll(): Promise<void> {
    const from = performance.now();
    try {
      status.value = await api.get<SystemStatus>("/system");
      roundTrip.value = Math.round(performance.now() - from);
      firstVersion.value ??= status.value.version;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      status.value = null;
      roundTrip.value = null;
    }
  }

  function start(): void {
    stop();
    void poll();
    timer = setInterval(() => void poll(), INTERVAL_MS);
  }

  function stop(): void {
    clearInterval(timer);
    status.value = null;
    roundTrip.value = null;
  }

  return { status, roundTrip, outdated, failing, start, stop };
});
