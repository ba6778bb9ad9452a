/** The queue: filter, order, what is on screen, where the keyboard stands, what is ticked. */
import { defineStore } from "pinia";
import { computed, markRaw, ref, shallowRef, watch } from "vue";
import { changesBetween } from "@/feed/bucketMap";
import { type Alarm, SEVERITIES } from "@/feed/types";
import { within } from "@/state/areas";
import { useFeed } from "@/state/feed";
import { useServerNow } from "@/state/now";
import { personal } from "@/state/personal";
import { useScope } from "@/state/scope";
import { useSession } from "@/state/session";
import { isBoolean, isOneOf, stored } from "@/state/storage";
import { areaBelow } from "./area";
import { follow, type ListCursor, NOWHERE, standOn, step } from "./cursor";
import { type Arrangement, Entries, type Entry, isBundled } from "./entries";
import {
  EVERYTHING,
  isFiltering,
  QUEUE_SORTS,
  QUEUE_STATES,
  type QueueFilter,
  type QueueSort,
} from "./filter";
import { free, Held, type HeldList, NOTHING_HELD } from "./hold";
import { AlarmRate } from "./rate";

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

const RATE_SECONDS = 10_000;

export const useQueue = defineStore("queue", () => {
  const feed = useFeed();
  const scope = useScope();
  const session = useSession();
  const now = useServerNow();
  const filter = stored<QueueFilter>("queue.filter", EVERYTHING, isFilter);
  const sort = stored<QueueSort>("queue.sort", "priority", isOneOf(QUEUE_SORTS));
  const views = stored<SavedView[]>("queue.views", [], isViews);
  /** They want the whole list also in a flood. */
  const flat = personal<boolean>(() => session.me?.id ?? null, "queue.flat", false, isBoolean);
  const atTop = ref(true);
  const list = shallowRef<HeldList<Entry>>(markRaw(NOTHING_HELD));
  const cursor = shallowRef<ListCursor>(NOWHERE);
  const checked = shallowRef<ReadonlySet<number>>(new Set());
  /** Keys of the groups and folds whose members are listed. */
  const opened = shallowRef<ReadonlySet<string>>(new Set());

  /** A remembered area of another account hides everything: it does not count either. */
  const effective = computed<QueueFilter>(() => {
    const { area } = filter.value;
    return area === null || feed.state.jurisdictions.has(area)
      ? filter.value
      : { ...filter.value, area: null };
  });
  const filtering = computed(() => isFiltering(effective.value));
  const lingering = shallowRef<ReadonlySet<number>>(new Set());

  // -- the flood ------------------------------------------------------------------------------

  let rate = new AlarmRate();
  /** How many alarms came in the last ten minutes, and whether that is a flood. */
  const recent = ref(0);
  const flooded = ref(false);
  const folding = computed(() => flooded.value && !flat.value);
  const arrangement = computed<Arrangement>(() => ({
    filter: effective.value,
    sort: sort.value,
    scope: scope.prefix,
    me: session.me?.id ?? null,
    areaOf: folding.value ? areaBelow(scope.prefix) : null,
  }));

  function assess(): void {
    recent.value = rate.count(now.value);
    flooded.value = rate.flood(now.value);
  }
  watch(() => Math.floor(now.value / RATE_SECONDS), assess);

  // -- what stands in it ----------------------------------------------------------------------

  let entries = new Entries(arrangement.value, []);
  let known: ReadonlyMap<number, Alarm> = new Map();
  let measured: string | null | undefined;
  let held: Held<Entry> | null = null;
  const total = ref(0);
  const ids = computed(() => markRaw(list.value.ids));
  const current = computed<Entry | null>(() => {
    const at = cursor.value.index;
    const near = list.value.rows[at];
    return near?.id === cursor.value.id ? near : (list.value.rows.find(({ id }) => id === cursor.value.id) ?? null);
  });
  /** How many stand in the active queue, and how many are listed aside and why. */
  const annunciated = computed(() => scope.figures.open);
  const aside = computed(() => scope.aside);

  feed.listen((events) => {
    const taken = (events ?? []).flatMap((event) =>
      event.kind === "alarm.acknowledged" ? [event.data.id] : [],
    );
    if (taken.length === 0) return;
    lingering.value = new Set([...lingering.value, ...taken]);
    const left = new Set(taken);
    setTimeout(() => {
      lingering.value = new Set([...lingering.value].filter((id) => !left.has(id)));
    }, LINGER_MS);
  });

  /** Takes over what the feed brought. Another scope is measured anew, from what is open there. */
  function takeIn(alarms: ReadonlyMap<number, Alarm>): void {
    const prefix = scope.prefix;
    const fresh = entries.arrangement !== arrangement.value;
    if (prefix !== measured) [rate, known, measured] = [new AlarmRate(), new Map(), prefix];
    changesBetween(known, alarms, (was, is) => {
      if (!within((is ?? was)?.code ?? "", prefix)) return;
      if (was === undefined && is !== undefined) rate.add(Date.parse(is.raised_at));
      if (!fresh) entries.change(was, is);
    });
    known = alarms;
    assess();
    if (!fresh && entries.arrangement === arrangement.value) {
      entries.linger(lingering.value, (id) => feed.state.alarms.get(id));
      return;
    }
    entries = new Entries(arrangement.value, scope.alarms, lingering.value);
  }

  /** Scrolled away from the top: the list with what has changed since the last look, in the places of when one left it. */
  function holding(): HeldList<Entry> {
    const now = (held ??= new Held(list.value));
    entries.changes(opened.value, (id, entry) => { now.change(id, entry, (one) => feed.state.alarms.get(one)); });
    return now.list();
  }

  watch(
    [() => feed.state.alarms, lingering, arrangement, () => scope.prefix, atTop, opened],
    ([alarms, lingers, ...view], [, lingered, ...old]) => {
      takeIn(alarms);
      total.value = entries.total;
      const sameView = view.slice(0, 2).every((part, index) => part === old[index]) && view[3] === old[3];
      const holds = sameView && !atTop.value;
      if (!holds) held = null;
      list.value = markRaw(holds ? holding() : free(entries.rows(opened.value)));
      const id = cursor.value.id ?? 0;
      const sank = lingered?.has(id) === true && !lingers.has(id);
      cursor.value = follow(cursor.value, ids.value, sank && atTop.value);
      const open = [...checked.value].filter((key) => feed.state.alarms.has(key));
      if (open.length !== checked.value.size) checked.value = new Set(open);
    },
    { immediate: true },
  );

  function isInside(id: number): boolean {
    return entries.isInside(id);
  }

  function membersOf(entry: Entry): readonly Alarm[] {
    return isBundled(entry) ? entries.members(entry.id) : [entry];
  }

  /** Lists the members of a group or fold below it, or no more. */
  function unfold(id: number, open?: boolean): void {
    const key = entries.keyOf(id);
    if (key === null || opened.value.has(key) === open) return;
    const next = new Set(opened.value);
    if (!next.delete(key)) next.add(key);
    opened.value = next;
  }

  function fold(folded: boolean): void {
    flat.value = !folded;
    atTop.value = true;
  }

  function move(by: number): void {
    cursor.value = step(cursor.value, ids.value, by);
  }

  function stand(id: number): void {
    cursor.value = standOn(ids.value, id);
  }

  /** A group or fold stands for its members: all are ticked, or none any more. */
  function toggle(id: number): void {
    const wanted = tickable(id);
    const next = new Set(checked.value);
    const all = wanted.every((one) => next.has(one));
    for (const one of wanted) if (all) next.delete(one); else next.add(one);
    checked.value = next;
  }

  function tickable(id: number): readonly number[] {
    return id < 0 ? entries.members(id).map((alarm) => alarm.id) : [id];
  }

  /** From where the keyboard stands to this row, both included. */
  function checkTo(id: number): void {
    const from = Math.max(0, ids.value.indexOf(cursor.value.id ?? id));
    const to = ids.value.indexOf(id);
    const range = ids.value.slice(Math.min(from, to), Math.max(from, to) + 1);
    checked.value = new Set([...checked.value, ...range.flatMap(tickable)]);
  }

  function checkStep(by: 1 | -1): void {
    const from = cursor.value.id;
    move(by);
    const added = [from, cursor.value.id].flatMap((id) => (id === null ? [] : tickable(id)));
    checked.value = new Set([...checked.value, ...added]);
  }

  function checkAll(): void {
    const there = ids.value.filter((id) => !list.value.gone.has(id));
    checked.value = new Set(there.flatMap(tickable));
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

  /** What is chosen now: the ticked ones, else what is under the keyboard, all of it. */
  const chosen = computed<readonly Alarm[]>(() => {
    const wanted = checked.value.size > 0 ? [...checked.value] : tickable(current.value?.id ?? 0);
    return markRaw(wanted.flatMap((id) => feed.state.alarms.get(id) ?? []));
  });
  /** What "acknowledge" means now. */
  const targets = computed<readonly Alarm[]>(() => markRaw(chosen.value.filter((alarm) => !alarm.acknowledged)));

  return {
    filter: effective,
    sort,
    views,
    atTop,
    list,
    cursor,
    checked,
    filtering,
    total,
    recent,
    flooded,
    folding,
    flat,
    opened,
    annunciated,
    aside,
    ids,
    current,
    chosen,
    targets,
    isInside,
    membersOf,
    unfold,
    fold,
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
