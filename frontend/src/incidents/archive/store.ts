/** What the records are searched by: kept while the page is open and shut, gone with the visit. */
import { defineStore } from "pinia";
import { shallowRef } from "vue";
import { ANY, type Conditions } from "./conditions";

export const useArchive = defineStore("archive", () => {
  const conditions = shallowRef<Conditions>(ANY);

  function narrow(change: Partial<Conditions>): void {
    conditions.value = { ...conditions.value, ...change };
  }

  function clear(): void {
    conditions.value = ANY;
  }

  return { conditions, narrow, clear };
});
