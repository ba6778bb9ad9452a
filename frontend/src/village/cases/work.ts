/** The village's work: its cases in heaps, and the tasks of its own units, wherever their cases lie. */
import { defineStore } from "pinia";
import { computed, markRaw, shallowRef } from "vue";
import { ApiError, api } from "@/api/client";
import type { TaskDetail } from "@/api/types";
import type { Incident, Task } from "@/feed/types";
import { isLive } from "@/incidents/tasks";
import { useFeed } from "@/state/feed";
import { useServerNow } from "@/state/now";
import { useSession } from "@/state/session";
import { newKey } from "@/ui/key";
import { useOwnUnits } from "@/units/ownUnits";
import { groupsOf } from "./cases";

/** Tasks of cases elsewhere are not on this feed: they are asked for now and then. */
const POLL_MS = 30_000;
/** Events of one act come together. */
const PAUSE_MS = 150;

const OFFICERS: ReadonlySet<string> = new Set(["dispatcher", "township_officer", "village_officer"]);

export const useWork = defineStore("village-work", () => {
  const feed = useFeed();
  const session = useSession();
  const own = useOwnUnits();
  const now = useServerNow();
  const tasks = shallowRef<readonly TaskDetail[]>([]);
  let timer: ReturnType<typeof setInterval> | undefined;
  let soon: ReturnType<typeof setTimeout> | undefined;
  let unlisten: (() => void) | null = null;

  /** The jurisdictions that one holds an officer's post at. */
  const codes = computed(
    () => new Set((session.me?.posts ?? []).filter(({ role }) => OFFICERS.has(role)).map(({ code }) => code)),
  );
  const incidents = computed<readonly Incident[]>(() => {
    const elsewhere = tasks.value
      .map(({ incident }) => incident as Incident)
      .filter(({ id }) => !feed.state.incidents.has(id));
    const once = new Map(elsewhere.map((incident) => [incident.id, incident]));
    return markRaw([...feed.incidents, ...once.values()]);
  });
  const allTasks = computed<readonly Pick<Task, "incident" | "unit" | "state">[]>(() => [
    ...feed.tasks,
    ...tasks.value.map(({ task }) => task).filter(({ id }) => !feed.state.tasks.has(id)),
  ]);
  const groups = computed(() =>
    markRaw(groupsOf(incidents.value, allTasks.value, { codes: codes.value, units: own.ids, now: now.value })),
  );

  /** The task that one of the village's units still owes for a case. */
  function taskOf(incident: number): TaskDetail | null {
    return tasks.value.find((one) => one.task.incident === incident && isLive(one.task)) ?? null;
  }

  async function refresh(): Promise<void> {
    if (!session.can("tasks.carry")) return;
    try {
      tasks.value = markRaw(await api.get<readonly TaskDetail[]>("/me/tasks"));
      await Promise.all(tasks.value.filter(({ task }) => task.state === "created").map(({ task }) => deliver(task.id)));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // the next asking will tell
    }
  }

  /** A task counts as delivered once its page has it. */
  async function deliver(id: number): Promise<void> {
    await api.post(`/tasks/${String(id)}/deliver`, { key: newKey() });
  }

  function refreshSoon(): void {
    clearTimeout(soon);
    soon = setTimeout(() => void refresh(), PAUSE_MS);
  }

  function start(): void {
    stop();
    unlisten = feed.listen((events) => {
      if (events === null || events.some(({ kind }) => kind.startsWith("task.") || kind.startsWith("incident."))) refreshSoon();
    });
    timer = setInterval(refreshSoon, POLL_MS);
    void own.load();
    void refresh();
  }

  function stop(): void {
    unlisten?.();
    unlisten = null;
    clearInterval(timer);
    clearTimeout(soon);
    tasks.value = [];
  }

  return { tasks, codes, groups, taskOf, refresh, start, stop };
});
