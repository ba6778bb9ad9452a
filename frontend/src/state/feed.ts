/** The live feed as the page sees it: the state, the connection, and what has just happened. */
import { defineStore } from "pinia";
import { computed, markRaw, ref, shallowRef } from "vue";
import { type Connection, type EndReason, FeedClient } from "@/feed/client";
import { systemClock } from "@/feed/clock";
import { EMPTY_STATE, type FeedState } from "@/feed/reduce";
import { openSocket } from "@/feed/socket";
import type { Cursor, FeedEvent, Incident } from "@/feed/types";

export type FeedListener = (events: readonly FeedEvent[] | null) => void;

export const useFeed = defineStore("feed", () => {
  // Marked raw, here and in the other stores: a store hands out deep proxies otherwise, and ten
  // thousand alarms behind proxies cost more than all that is done with them.
  const state = shallowRef<FeedState>(markRaw(EMPTY_STATE));
  const connection = shallowRef<Connection | null>(null);
  const loaded = ref(false);
  const ended = ref<EndReason | null>(null);
  const listeners = new Set<FeedListener>();
  let client: FeedClient | null = null;

  const devices = computed(() => markRaw([...state.value.devices.values()]));
  const alarms = computed(() => markRaw(state.value.alarms.list()));
  const outages = computed(() => markRaw([...state.value.outages.values()]));
  const units = computed(() => markRaw([...state.value.units.values()]));
  const incidents = computed(() => markRaw([...state.value.incidents.values()]));
  const tasks = computed(() => markRaw([...state.value.tasks.values()]));
  const conferences = computed(() => markRaw([...state.value.conferences.values()]));
  const schedules = computed(() => markRaw([...state.value.schedules.values()]));
  const windows = computed(() => markRaw([...state.value.windows.values()]));
  /** Which incident an alarm belongs to, by the alarm's id. */
  const incidentOfAlarm = computed<ReadonlyMap<number, Incident>>(() =>
    markRaw(new Map(incidents.value.flatMap((incident) => incident.alarms.map((id) => [id, incident] as const)))),
  );
  const clockOffset = computed(() => connection.value?.clockOffset ?? 0);
  const fresh = computed(() => connection.value?.state === "live");

  function retry(): void {
    if (document.visibilityState === "visible") client?.retryNow();
  }

  function start(): void {
    stop();
    ended.value = null;
    client = new FeedClient({
      connect: () => openSocket("/ws/console"),
      clock: systemClock,
      random: Math.random,
      online: () => navigator.onLine,
      onState: (next, events) => {
        state.value = markRaw(next);
        loaded.value = true;
        for (const listener of listeners) listener(events);
      },
      onConnection: (next) => {
        connection.value = markRaw(next);
      },
      onEnded: (reason) => {
        ended.value = reason;
      },
    });
    client.start();
    window.addEventListener("online", retry);
    document.addEventListener("visibilitychange", retry);
  }

  function stop(): void {
    client?.stop();
    client = null;
    window.removeEventListener("online", retry);
    document.removeEventListener("visibilitychange", retry);
    state.value = EMPTY_STATE;
    connection.value = null;
    loaded.value = false;
  }

  /** Hears every frame's events, or null after a snapshot. Returns what unsubscribes. */
  function listen(listener: FeedListener): () => void {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  function cursor(): Cursor | null {
    return client?.cursor ?? null;
  }

  return {
    state,
    connection,
    loaded,
    ended,
    devices,
    alarms,
    outages,
    units,
    incidents,
    tasks,
    conferences,
    schedules,
    windows,
    incidentOfAlarm,
    clockOffset,
    fresh,
    start,
    stop,
    retry,
    listen,
    cursor,
  };
});
