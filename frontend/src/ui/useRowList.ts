/** A long list of rows of one height: virtual, driven by keys, with a cursor that the list's store holds. */
import { useVirtualizer } from "@tanstack/vue-virtual";
import {
  computed,
  nextTick,
  onBeforeUnmount,
  onMounted,
  ref,
  useTemplateRef,
  watch,
  type WatchSource,
} from "vue";
import { useKeys } from "@/keyboard/useKeys";
import { useSelection } from "@/state/selection";

const AT_TOP_PX = 4;

/** What the list needs of the store behind it. */
export interface RowStore {
  readonly list: { readonly rows: readonly unknown[] };
  readonly ids: readonly number[];
  readonly cursor: { readonly id: number | null };
  readonly current: { readonly id: number } | null;
  /** Whether the first row is in sight: then new rows push in. */
  atTop: boolean;
  move(by: number): void;
}

/**
 * The template calls the element that scrolls `ref="scroller"`. `restarts`: what, when it changes, makes another list of it, to be
 * read from its top.
 */
export function useRowList(
  store: RowStore,
  kind: "alarm" | "incident",
  restarts: WatchSource[],
  /** What Enter and a click do instead of selecting; false for what is to be selected. */
  instead: (id: number) => boolean = () => false,
) {
  const selection = useSelection();
  const scroller = useTemplateRef<HTMLElement>("scroller");
  const rowHeight = ref(52);
  const virtual = useVirtualizer(
    computed(() => ({
      count: store.list.rows.length,
      getScrollElement: () => scroller.value,
      estimateSize: () => rowHeight.value,
      overscan: 8,
    })),
  );

  const selectedId = computed(() =>
    selection.selected?.kind === kind ? selection.selected.id : null,
  );
  const activeId = computed(() =>
    store.ids.includes(store.cursor.id ?? -1) ? `${kind}-${String(store.cursor.id)}` : undefined,
  );

  function onScroll(): void {
    store.atTop = (scroller.value?.scrollTop ?? 0) <= AT_TOP_PX;
  }

  function toTop(): void {
    scroller.value?.scrollTo({ top: 0 });
    store.atTop = true;
  }

  function reveal(): void {
    const index = store.ids.indexOf(store.cursor.id ?? -1);
    if (index >= 0) virtual.value.scrollToIndex(index, { align: "auto" });
  }

  function pageRows(): number {
    return Math.max(1, Math.floor((scroller.value?.clientHeight ?? 0) / rowHeight.value) - 1);
  }

  function go(by: number): void {
    store.move(by);
    reveal();
  }

  function open(id: number): void {
    if (!instead(id)) selection.select({ kind, id });
  }

  function focus(): void {
    void nextTick(() => scroller.value?.focus());
  }

  function measureRow(): void {
    const text = getComputedStyle(document.documentElement).getPropertyValue("--row-height");
    rowHeight.value = Number.parseFloat(text) || rowHeight.value;
    virtual.value.measure();
  }

  watch(restarts, toTop);
  onMounted(() => {
    store.atTop = true; // another list may have stood here in between
    measureRow();
    window.addEventListener("resize", measureRow);
  });
  onBeforeUnmount(() => {
    window.removeEventListener("resize", measureRow);
  });

  useKeys([
    { keys: ["j", "ArrowDown"], label: "keys.next", group: "queue", run: () => { go(1); } },
    { keys: ["k", "ArrowUp"], label: "keys.previous", group: "queue", run: () => { go(-1); } },
    { keys: ["PageDown"], label: "keys.nextPage", group: "queue", run: () => { go(pageRows()); } },
    { keys: ["PageUp"], label: "keys.previousPage", group: "queue", run: () => { go(-pageRows()); } },
    { keys: ["Home"], label: "keys.first", group: "queue", run: () => { go(-Infinity); } },
    { keys: ["End"], label: "keys.last", group: "queue", run: () => { go(Infinity); } },
    { keys: ["t"], label: "keys.top", group: "queue", run: toTop },
    {
      keys: ["Enter"],
      label: "keys.open",
      group: "queue",
      when: () => store.current !== null,
      run: () => {
        if (store.current !== null) open(store.current.id);
      },
    },
  ]);

  return { virtual, selectedId, activeId, onScroll, toTop, reveal, open, focus };
}
