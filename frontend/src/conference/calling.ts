/** Who calls this person, and the way back into what this browser was in. */
import { defineStore } from "pinia";
import { computed, markRaw, ref, shallowRef } from "vue";
import { api } from "@/api/client";
import { systemClock } from "@/feed/clock";
import { openSocket } from "@/feed/socket";
import { useConference } from "./conference";
import { CallsClient } from "./state/calls";
import { recall, type Remembered } from "./state/memory";
import { ringingOne, returnsByItself, waysBack } from "./state/ringing";
import type { Invitation } from "./state/types";

/** A page that was killed is back within this, or it was not meant to be. */
const RETURN_WITHIN_MS = 40_000;

export const useCalling = defineStore("calling", () => {
  const conference = useConference();
  const items = shallowRef<readonly Invitation[]>([]);
  const clockOffset = ref(0);
  /** Calls that this page has turned down already, while the server still says that they ring. */
  const dismissed = shallowRef<ReadonlySet<number>>(new Set());
  let client: CallsClient | null = null;
  let lost: Remembered | null = null;
  let startedAt = 0;
  let rear = false;

  const ringing = computed(() =>
    ringingOne(items.value.filter((item) => item.conference !== conference.id && !dismissed.value.has(item.conference))),
  );
  const back = computed(() => waysBack(items.value, conference.id));

  function take(next: readonly Invitation[]): void {
    items.value = markRaw([...next]);
    const called = new Set(next.filter(({ presence }) => presence === "invited" || presence === "ringing").map((item) => item.conference));
    dismissed.value = new Set([...dismissed.value].filter((one) => called.has(one)));
    goBack();
  }

  function goBack(): void {
    const was = lost;
    if (was === null || conference.id !== null || Date.now() - startedAt > RETURN_WITHIN_MS) {
      lost = null;
      return;
    }
    const item = items.value.find((one) => one.conference === was.conference);
    if (item === undefined || !returnsByItself(item, was.here)) return;
    lost = null;
    void conference.enter(item.conference, { back: true, rear });
  }

  function retry(): void {
    if (document.visibilityState !== "visible") return;
    client?.retryNow();
    conference.retry();
  }

  /** `usesRear`: this page shows the place, not the person. */
  function start(usesRear = false): void {
    stop();
    rear = usesRear;
    lost = recall();
    startedAt = Date.now();
    client = new CallsClient({
      connect: () => openSocket("/ws/invitations"),
      clock: systemClock,
      random: Math.random,
      onItems: take,
      onClock: (offset) => {
        clockOffset.value = offset;
      },
    });
    client.start();
    window.addEventListener("online", retry);
    document.addEventListener("visibilitychange", retry);
  }

  function stop(): void {
    client?.stop();
    client = null;
    items.value = [];
    window.removeEventListener("online", retry);
    document.removeEventListener("visibilitychange", retry);
  }

  function answer(item: Invitation): Promise<void> {
    lost = null;
    return conference.enter(item.conference, { rear });
  }

  /** Into an open conference that nobody has called one to. */
  function enter(id: number): Promise<void> {
    lost = null;
    return conference.enter(id, { rear });
  }

  async function decline(item: Invitation): Promise<void> {
    dismissed.value = new Set([...dismissed.value, item.conference]);
    try {
      await api.post(`/conferences/${String(item.conference)}/act`, { command: { type: "decline" } });
    } catch (error) {
      dismissed.value = new Set([...dismissed.value].filter((one) => one !== item.conference));
      throw error;
    }
  }

  return { items, ringing, back, clockOffset, start, stop, answer, enter, decline };
});
