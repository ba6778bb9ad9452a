/** The incident list: filter, order, what is on screen, where the keyboard stands; and the figures. */
import { defineStore } from "pinia";
import { computed, markRaw, ref, shallowRef, watch } from "vue";
import { type Incident, SEVERITIES } from "@/feed/types";
import { follow, type ListCursor, NOWHERE, standOn, step } from "@/queue/cursor";
import { free, type HeldList, hold, NOTHING_HELD } from "@/queue/hold";
import { useFeed } from "@/state/feed";
import { useServerNow } from "@/state/now";
import { useScope } from "@/state/scope";
import { useSession } from "@/state/session";
import { isBoolean, isOneOf, stored } from "@/state/storage";
import { arrange, figuresOf, type IncidentFilter, isFiltering, OPEN, STAGE_GROUPS, type Viewer } from "./filter";
import { lightsChanged } from "./light";

function isFilter(value: unknown): value is IncidentFilter {
  if (typeof value !== "object" || value === null) return false;
  const filter = value as Partial<Record<keyof IncidentFilter, unknown>>;
  return (
    Array.isArray(filter.severities) &&
    filter.severities.every((severity) => (SEVERITIES as readonly unknown[]).includes(severity)) &&
    isOneOf(STAGE_GROUPS)(filter.group) &&
    isBoolean(filter.ours) &&
    isBoolean(filter.overdue) &&
    isBoolean(filter.supervised) &&
    isBoolean(filter.redispatch) &&
    typeof filter.text === "string"
  );
}

export const useIncidents = defineStore("incidents", () => {
  const feed = useFeed();
  const scope = useScope();
  const session = useSession();
  const now = useServerNow();
  const filter = stored<IncidentFilter>("incidents.filter", OPEN, isFilter);
  const board = stored<boolean>("incidents.board", false, isBoolean);
  const atTop = ref(true);
  const list = shallowRef<HeldList<Incident>>(markRaw(NOTHING_HELD));
  const cursor = shallowRef<ListCursor>(NOWHERE);

  /** The last moment at which a light changed: between such moments the order stands. */
  const lit = ref(now.value);
  watch([now, () => scope.incidents], ([at, incidents]) => {
    if (lightsChanged(incidents, lit.value, at)) lit.value = at;
  });

  const codes = computed<ReadonlySet<string>>(
    () => new Set((session.me?.posts ?? []).map(({ code }) => code)),
  );
  const viewer = computed<Viewer>(() => ({ codes: codes.value, now: lit.value }));
  const filtering = computed(() => isFiltering(filter.value));
  const arranged = computed(() => markRaw(arrange(scope.incidents, filter.value, viewer.value)));
  /** The board has a column for every stage, so it takes every other part of the filter. */
  const onBoard = computed(() =>
    markRaw(arrange(scope.incidents, { ...filter.value, group: "all" }, viewer.value)),
  );
  const figures = computed(() => figuresOf(scope.incidents, lit.value));
  const ids = computed(() => markRaw(list.value.rows.map(({ id }) => id)));
  const current = computed<Incident | null>(
    () => list.value.rows.find(({ id }) => id === cursor.value.id) ?? null,
  );

  watch(
    [arranged, filter, () => scope.prefix, atTop],
    ([next, ...view], [, ...old]) => {
      const sameView = view.slice(0, 2).every((part, index) => part === old[index]);
      list.value = markRaw(
        sameView && !atTop.value ? hold(list.value, next, (id) => feed.state.incidents.get(id)) : free(next),
      );
      cursor.value = follow(cursor.value, ids.value, false);
    },
    { immediate: true },
  );

  function move(by: number): void {
    cursor.value = step(cursor.value, ids.value, by);
  }

  function stand(id: number): void {
    cursor.value = standOn(ids.value, id);
  }

  function setFilter(change: Partial<IncidentFilter>): void {
    filter.value = { ...filter.value, ...change };
  }

  return {
    filter,
    board,
    atTop,
    list,
    cursor,
    filtering,
    arranged,
    onBoard,
    figures,
    ids,
    current,
    move,
    stand,
    setFilter,
  };
});
