/** What is selected and what the side pane shows. Only the person changes it. */
import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";
import type { Selection } from "@/feed/types";
import { isOneOf, stored } from "./storage";

export const SIDE_TABS = ["detail", "units", "devices"] as const;
export type SideTab = (typeof SIDE_TABS)[number];

export const useSelection = defineStore("selection", () => {
  const selected = shallowRef<Selection | null>(null);
  const tab = stored<SideTab>("side.tab", "detail", isOneOf(SIDE_TABS));
  /** Counts requests to bring the selection into the map's view. */
  const located = ref(0);

  /** `locate`: also pan the map there. */
  function select(target: Selection, locate = true): void {
    selected.value = target;
    tab.value = "detail";
    if (locate) located.value += 1;
  }

  function locate(): void {
    located.value += 1;
  }

  function clear(): void {
    selected.value = null;
  }

  return { selected, tab, located, select, locate, clear };
});
