/** The frame: widths and folds of the panes, which overlay is open. */
import { defineStore } from "pinia";
import { computed, ref } from "vue";
import { isBoolean, isOneOf, stored } from "@/state/storage";
import { clampSize, defaultSizes, type Pane, type PaneSizes } from "./panes";

export const LEFT_TABS = ["alarms", "incidents"] as const;
export type LeftTab = (typeof LEFT_TABS)[number];

export const STATISTICS_TABS = ["cases", "alarms"] as const;
export type StatisticsTab = (typeof STATISTICS_TABS)[number];

function isSizes(value: unknown): value is PaneSizes | null {
  if (value === null) return true;
  const sizes = value as Partial<PaneSizes>;
  return typeof sizes.queue === "number" && typeof sizes.side === "number";
}

export const useFrame = defineStore("frame", () => {
  const chosen = stored<PaneSizes | null>("panes", null, isSizes);
  const queueFolded = stored<boolean>("panes.queue.folded", false, isBoolean);
  const sideFolded = stored<boolean>("panes.side.folded", false, isBoolean);
  const left = stored<LeftTab>("left.tab", "alarms", isOneOf(LEFT_TABS));
  const viewport = ref(window.innerWidth);
  const help = ref(false);
  const records = ref(false);
  const statistics = ref(false);
  const statisticsTab = stored<StatisticsTab>("statistics.tab", "cases", isOneOf(STATISTICS_TABS));
  const archive = ref(false);

  window.addEventListener("resize", () => {
    viewport.value = window.innerWidth;
  });

  const sizes = computed<PaneSizes>(() => {
    const wanted = chosen.value ?? defaultSizes(viewport.value);
    const queue = clampSize("queue", wanted.queue, wanted.side, viewport.value);
    return { queue, side: clampSize("side", wanted.side, queue, viewport.value) };
  });

  function resize(pane: Pane, width: number): void {
    const other = pane === "queue" ? sizes.value.side : sizes.value.queue;
    chosen.value = { ...sizes.value, [pane]: clampSize(pane, width, other, viewport.value) };
  }

  function resetSizes(): void {
    chosen.value = null;
  }

  function fold(pane: Pane): void {
    if (pane === "queue") queueFolded.value = !queueFolded.value;
    else sideFolded.value = !sideFolded.value;
  }

  return { sizes, left, queueFolded, sideFolded, help, records, statistics, statisticsTab, archive, resize, resetSizes, fold };
});
