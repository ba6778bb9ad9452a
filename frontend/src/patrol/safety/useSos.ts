/** The call for help: sent through the queue like all else, and whether the centre has seen it. */
import { defineStore } from "pinia";
import { computed, shallowRef } from "vue";
import { ApiError } from "@/api/client";
import { locate } from "@/touch/locate";
import { readCall } from "../api";
import { SOS_LANE } from "../outbox/acts";
import { useOutbox } from "../state/outbox";
import type { Call } from "../types";

const LOOK_MS = 4_000;
/** Help does not wait for the satellites. */
const PLACE_MS = 4_000;
/** An answered call is shown for so long. */
const SHOWN_MS = 30 * 60_000;

export const useSos = defineStore("patrol-sos", () => {
  const outbox = useOutbox();
  const call = shallowRef<Call | null>(null);
  let timer: number | undefined;

  const waiting = computed(() =>
    outbox.entries.find(({ act, state }) => act.kind === "sos" && state === "waiting") ?? null,
  );
  const refused = computed(() =>
    outbox.entries.find(({ act, state }) => act.kind === "sos" && state === "refused") ?? null,
  );
  /** Sent, and the centre has not said that it knows. */
  const unseen = computed(() => call.value !== null && call.value.acknowledged_at === null);

  async function press(): Promise<void> {
    const late = new Promise<null>((resolve) => window.setTimeout(resolve, PLACE_MS, null));
    const found = await Promise.race([locate(), late]);
    const position = found !== null && typeof found === "object" ? { lat: found.lat, lng: found.lng } : null;
    await outbox.add({ lane: SOS_LANE, act: { kind: "sos", position } });
  }

  async function look(): Promise<void> {
    window.clearTimeout(timer);
    try {
      call.value = await readCall();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
    if (unseen.value) timer = window.setTimeout(() => void look(), LOOK_MS);
  }

  function isShown(now: number): boolean {
    if (call.value === null) return false;
    const { acknowledged_at: seen } = call.value;
    return seen === null || now - Date.parse(seen) < SHOWN_MS;
  }

  function forgetAll(): void {
    window.clearTimeout(timer);
    call.value = null;
  }

  outbox.listen((_answer, { act }) => {
    if (act.kind === "sos") void look();
  });

  return { call, waiting, refused, unseen, press, look, isShown, forgetAll };
});
