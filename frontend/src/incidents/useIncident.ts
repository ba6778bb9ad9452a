/** One incident: what the feed and the server know of it, and acting on it. What was typed is never lost. */
import { computed, ref, shallowRef, watch } from "vue";
import { ApiError, api } from "@/api/client";
import type { IncidentDetail, Page, TimelineEntry } from "@/api/types";
import { useLoad } from "@/detail/useLoad";
import type { Incident, Task } from "@/feed/types";
import { useFeed } from "@/state/feed";
import { arrangeTasks } from "./tasks";
import { meanwhile } from "./timeline";

export interface Trouble {
  readonly error: ApiError;
  /** After a conflict: what others did meanwhile. */
  readonly meanwhile: readonly TimelineEntry[];
}

export function useIncident(id: () => number) {
  const feed = useFeed();
  const live = computed(() => feed.state.incidents.get(id()) ?? null);
  const load = useLoad(id, (key) => api.get<IncidentDetail>(`/incidents/${String(key)}`));
  const busy = ref(false);
  const trouble = shallowRef<Trouble | null>(null);

  /** The newer of the two pictures; the feed leaves an incident out once it is archived or merged. */
  const incident = computed<Incident | null>(() => {
    const read = load.value.value?.incident as Incident | undefined;
    if (live.value === null || read === undefined) return live.value ?? read ?? null;
    return live.value.version >= read.version ? live.value : read;
  });

  /** The tasks leave the feed with their incident: of one in the records they are read. */
  const past = useLoad(
    () => (live.value === null && load.value.value !== null ? id() : null),
    async (incident) => (await api.get<Page<Task>>("/tasks", { incident, limit: 200 })).items,
  );
  const tasks = computed(() =>
    arrangeTasks(live.value === null ? (past.value.value ?? []) : feed.tasks.filter(({ incident: of }) => of === id())),
  );

  // Comments make no new version, and steps of tasks none of the incident: identity tells.
  watch(
    [live, () => tasks.value.map((task) => `${String(task.id)} ${task.state}`).join(), id],
    ([next, steps, key], [before, stepsBefore, keyBefore]) => {
      if (key === keyBefore && (next !== before || steps !== stepsBefore)) void load.reload();
    },
  );
  watch(id, () => {
    trouble.value = null;
  });

  const timeline = computed<readonly TimelineEntry[]>(() => load.value.value?.timeline ?? []);

  /**
   * True when it succeeded. A conflict reads the incident again and tells what happened meanwhile: since `seen`, the
   * timeline as it was when the person began.
   */
  async function run(call: () => Promise<unknown>, seen = timeline.value): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    trouble.value = null;
    try {
      await call();
      void load.reload();
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "conflict") await load.reload();
      const news = meanwhile(seen, timeline.value);
      const told = news.length > 0 ? news : timeline.value.slice(-1);
      trouble.value = { error, meanwhile: error.code === "conflict" ? told : [] };
      return false;
    } finally {
      busy.value = false;
    }
  }

  function post(path: string, body: object, seen?: readonly TimelineEntry[]): Promise<boolean> {
    return run(() => api.post(`/incidents/${String(id())}${path}`, body), seen);
  }

  return { incident, live, tasks, timeline, load, busy, trouble, run, post };
}

export type UseIncident = ReturnType<typeof useIncident>;
