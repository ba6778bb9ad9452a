/** The queue: filter, order, what is on screen, where the keyboard stands, what is ticked. */
import { defineStore } from "pinia";
import { computed, markRaw, ref, shallowRef, watch } from "vue";
import { type Alarm, SEVERITIES } from "@/feed/types";
import { useFeed } from "@/state/feed";
import { useScope } from "@/state/scope";
import { isOneOf, stored } from "@/state/storage";
import { follow, type ListCursor, NOWHERE, standOn, step } from "./cursor";
import {
  arrange,
  EVERYTHING,
  isFiltering,
  QUEUE_SORTS,
  QUEUE_STATES,
  type QueueFilter,
  type QueueSort,
} from "./filter";
import { free, type HeldList, hold } from "./hold";

export interface SavedView {
  readonly name: string;
  readonly filter: QueueFilter;
  readonly sort: QueueSort;
}

function isFilter(value: unknown): value is QueueFilter {
  if (typeof value !== "object" || value === null) return false;
  const { severities, state, area } = value as Partial<Record<keyof QueueFilter, unknown>>;
  return (
    Array.isArray(severities) &&
    severities.every((severity) => (SEVERITIES as readonly unknown[]).includes(severity)) &&
    isOneOf(QUEUE_STATES)(state) &&
    (area === null || typeof area === "string")
  );
}

function isViews(value: unknown): value is SavedView[] {
  return (
    Array.isArray(value) &&
    value.every(
      (view: Partial<SavedView> | null) =>
        typeof view?.name === "string" && isFilter(view.filter) && isOneOf(QUEUE_SORTS)(view.sort),
    )
  );
}

/** How long a row that was just acknowledged keeps its place. */
const LINGER_MS = 5_000;

export const useQueue = defineStore("queue", () => {
  const feed = useFeed();
  const scope = useScope();
  const filter = stored<QueueFilter>("queue.filter", EVERYTHING, isFilter);
  const sort = stored<QueueSort>("queue.sort", "priority", isOneOf(QUEUE_SORTS));
  const views = stored<SavedView[]>("queue.views", [], isViews);
  const atTop = ref(true);
  const list = shallowRef<HeldList<Alarm>>(markRaw({ rows: [], waiting: 0 }));
  const cursor = shallowRef<ListCursor>(NOWHERE);
  const checked = shallowRef<ReadonlySet<number>>(new Set());

  /** A remembered area of another account hides everything: it does not count either. */
  const effective = computed<QueueFilter>(() => {
    const { area } = filter.value;
    return area === null || feed.state.jurisdictions.has(area)
      ? filter.value
      : { ...filter.value, area: null };
  });
  const filtering = computed(() => isFiltering(effective.value));
  const lingering = shallowRef<ReadonlySet<number>>(new Set());
  const arranged = computed(() => markRaw(arrange(scope.alarms, effective.value, sort.value, lingering.value)));
  const ids = computed(() => markRaw(list.value.rows.map((row) => row.item.id)));
  const current = computed<Alarm | null>(
    () => list.value.rows.find((row) => row.item.id === cursor.value.id)?.item ?? null,
  );

  feed.listen((events) => {
    const taken = (events ?? []).flatMap((event) =>
      event.kind === "alarm.acknowledged" ? [event.data.id] : [],
    );
    if (taken.length === 0) return;
    lingering.value = new Set([...lingering.value, ...taken]);
    setTimeout(() => {
      lingering.value = new Set([...lingering.value].filter((id) => !taken.includes(id)));
    }, LINGER_MS);
  });

  watch(
    [arranged, lingering, effective, sort, () => scope.prefix, atTop],
    ([next, lingers, ...view], [, lingered, ...old]) => {
      const sameView = view.slice(0, 3).every((part, index) => part === old[index]);
      list.value = markRaw(
        sameView && !atTop.value ? hold(list.value, next, feed.state.alarms) : free(next),
      );
      const id = cursor.value.id ?? -1;
      const sank = lingered?.has(id) === true && !lingers.has(id);
      cursor.value = follow(cursor.value, ids.value, sank && atTop.value);
      const open = [...checked.value].filter((key) => feed.state.alarms.has(key));
      if (open.length !== checked.value.size) checked.value = new Set(open);
    },
    { immediate: true },
  );

  function move(by: number): void {
    cursor.value = step(cursor.value, ids.value, by);
  }

  function stand(id: number): void {
    cursor.value = standOn(ids.value, id);
  }

  function toggle(id: number): void {
    const next = new Set(checked.value);
    if (!next.delete(id)) next.add(id);
    checked.value = next;
  }

  /** From where the keyboard stands to this row, both included. */
  function checkTo(id: number): void {
    const from = Math.max(0, ids.value.indexOf(cursor.value.id ?? id));
    const to = ids.value.indexOf(id);
    const range = ids.value.slice(Math.min(from, to), Math.max(from, to) + 1);
    checked.value = new Set([...checked.value, ...range]);
  }

  function checkStep(by: 1 | -1): void {
    const from = cursor.value.id;
    move(by);
    const added = [from, cursor.value.id].filter((id) => id !== null);
    checked.value = new Set([...checked.value, ...added]);
  }

  function checkAll(): void {
    checked.value = new Set(
      list.value.rows.filter((row) => !row.gone).map((row) => row.item.id),
    );
  }

  function uncheckAll(): void {
    checked.value = new Set();
  }

  function setFilter(change: Partial<QueueFilter>): void {
    filter.value = { ...filter.value, ...change };
  }

  function show(view: Omit<SavedView, "name">): void {
    filter.value = view.filter;
    sort.value = view.sort;
  }

  function saveView(name: string): void {
    const view = { name, filter: filter.value, sort: sort.value };
    views.value = [...views.value.filter((other) => other.name !== name), view];
  }

  function deleteView(name: string): void {
    views.value = views.value.filter((view) => view.name !== name);
  }

  /** What "acknowledge" means now: the ticked ones, else the one under the keyboard. */
  const targets = computed<readonly Alarm[]>(() => {
    const chosen =
      checked.value.size > 0
        ? [...checked.value].map((id) => feed.state.alarms.get(id))
        : [current.value === null ? undefined : feed.state.alarms.get(current.value.id)];
    return markRaw(chosen.filter((alarm) => alarm !== undefined && !alarm.acknowledged) as Alarm[]);
  });

  return {
    filter: effective,
    sort,
    views,
    atTop,
    list,
    cursor,
    checked,
    filtering,
    arranged,
    ids,
    current,
    targets,
    move,
    stand,
    toggle,
    checkTo,
    checkStep,
    checkAll,
    uncheckAll,
    setFilter,
    show,
    saveView,
    deleteView,
  };
});
