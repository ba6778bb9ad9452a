/** The call for help: sent through the queue like all else, and whether the centre has seen it. */
import { defineStore } from "pinia";
import { computed, shallowRef } from "vue";
import { ApiError } from "@/api/client";
import { placeOrNone } from "@/touch/locate";
import { readCall } from "../api";
import { SOS_LANE } from "../outbox/acts";
import { useDuty } from "../state/duty";
import { useOutbox } from "../state/outbox";
import type { Call } from "../types";

const LOOK_MS = 4_000;
/** An answered call is shown for so long. */
const SHOWN_MS = 30 * 60_000;

export const useSos = defineStore("patrol-sos", () => {
  const outbox = useOutbox();
  const duty = useDuty();
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

  /** Help does not wait for the satellites: the call goes at once, with the place that is known, and the exact one follows. */
  async function press(): Promise<void> {
    const asked = placeOrNone();
    await outbox.add({ lane: SOS_LANE, act: { kind: "sos", position: duty.known() } });
    void asked.then((position) =>
      position === null ? undefined : outbox.add({ lane: SOS_LANE, act: { kind: "sos_place", position } }),
    );
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
