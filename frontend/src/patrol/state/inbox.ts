/** The tasks of one's units: as the server last said, with what waits in the queue laid over them. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { ApiError } from "@/api/client";
import { readTasks } from "../api";
import { stepsWaiting, taskLane } from "../outbox/acts";
import { arranged } from "../tasks/order";
import { projected } from "../tasks/steps";
import type { KnownTask, Task, TaskDetail } from "../types";
import { onServer } from "./clock";
import { keep, kept } from "./database";
import { useNetwork } from "./network";
import { useOutbox } from "./outbox";
import { useSession } from "./session";

export const useInbox = defineStore("patrol-inbox", () => {
  const session = useSession();
  const network = useNetwork();
  const outbox = useOutbox();
  const known = shallowRef<readonly KnownTask[]>([]);
  /** When the server said so, by this phone's clock; null before the first time. */
  const asOf = ref<number | null>(null);
  const failure = shallowRef<ApiError | null>(null);
  const loading = ref(false);
  let reading = false;
  let stale = false;

  const tasks = computed(() =>
    known.value.map((detail): KnownTask => {
      const waiting = stepsWaiting(outbox.entries, detail.task.id);
      const steps = waiting.map(({ act, at }) => ({ step: act.step, text: act.text, at: onServer(at) }));
      return { ...detail, task: projected(detail.task, steps) };
    }),
  );
  const inbox = computed(() => arranged(tasks.value));
  const find = (id: number): KnownTask | null =>
    tasks.value.find(({ task }) => task.id === id) ?? null;
  /** As the server knows it. */
  const sent = (id: number): Task | null =>
    known.value.find(({ task }) => task.id === id)?.task ?? null;

  async function recall(): Promise<void> {
    const last = await kept("tasks");
    if (last === null || last.user !== session.me?.id || asOf.value !== null) return;
    known.value = last.items;
    asOf.value = last.at;
  }

  function forgetAll(): void {
    known.value = [];
    asOf.value = null;
    failure.value = null;
  }

  /** Read again; of several wishes at once the last is fulfilled after the first. */
  async function refresh(): Promise<void> {
    if (reading) {
      stale = true;
      return;
    }
    reading = true;
    loading.value = asOf.value === null;
    try {
      do {
        stale = false;
        await read();
      } while (stale);
    } finally {
      reading = false;
      loading.value = false;
    }
  }

  async function read(): Promise<void> {
    const user = session.me?.id;
    if (user === undefined) return;
    try {
      const items = await readTasks();
      if (session.me?.id !== user) return;
      network.heard(true);
      failure.value = null;
      // An answer to a step came meanwhile: what was read may be older than it.
      if (stale && asOf.value !== null) return;
      await take(user, items);
      await confirmDelivery();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "network" || error.code === "timeout") network.heard(false);
      else if (error.code !== "not_authenticated") failure.value = error;
    }
  }

  async function take(user: number, items: readonly TaskDetail[]): Promise<void> {
    known.value = items.map((detail) => ({ ...detail, readAs: detail.task.state }));
    asOf.value = Date.now();
    await keep("tasks", { user, items: known.value, at: asOf.value });
  }

  /** Nothing is delivered until this page says so. */
  async function confirmDelivery(): Promise<void> {
    for (const { task } of known.value) {
      if (task.state !== "created" || isAnswered(task.id)) continue;
      const act = { kind: "step", task: task.id, step: "deliver", text: "" } as const;
      await outbox.add({ lane: taskLane(task.id), act });
    }
  }

  function isAnswered(task: number): boolean {
    return outbox.entries.some(({ act }) => act.kind === "step" && act.task === task);
  }

  function heardOf(task: Task): void {
    stale = reading;
    known.value = known.value.map((detail) =>
      detail.task.id === task.id ? { ...detail, task } : detail,
    );
    const user = session.me?.id;
    if (user !== undefined && asOf.value !== null) {
      void keep("tasks", { user, items: known.value, at: asOf.value });
    }
  }

  outbox.listen((answer, entry) => {
    if (answer !== null && "task" in answer) heardOf(answer.task);
    // With a step the case moves too; with a refusal the phone has been wrong.
    if (entry.act.kind === "step") void refresh();
  });

  return { inbox, asOf, failure, loading, find, sent, recall, refresh, forgetAll };
});
