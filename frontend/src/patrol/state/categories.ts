/** The category tree, as last read. */
import { defineStore } from "pinia";
import { computed, shallowRef } from "vue";
import { useI18n } from "vue-i18n";
import { ApiError } from "@/api/client";
import { readCategories } from "../api";
import type { Category } from "../types";
import { keep, kept } from "./database";

export const useCategories = defineStore("patrol-categories", () => {
  const { locale } = useI18n({ useScope: "global" });
  const all = shallowRef<readonly Category[]>([]);

  const nameOf = ({ name, name_en }: Category): string =>
    locale.value === "en" ? name_en || name : name;
  /** Groups with what can be chosen in them. */
  const groups = computed(() =>
    all.value
      .filter(({ parent }) => parent === null)
      .map((group) => ({
        code: group.code,
        name: nameOf(group),
        items: all.value
          .filter(({ parent }) => parent === group.code)
          .map((category) => ({ code: category.code, name: nameOf(category) })),
      }))
      .filter(({ items }) => items.length > 0),
  );
  const find = (code: string): Category | undefined =>
    all.value.find((category) => category.code === code);

  async function load(): Promise<void> {
    all.value = (await kept("categories")) ?? all.value;
    try {
      all.value = await readCategories();
      await keep("categories", all.value);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // what was known stands
    }
  }

  return {
    groups,
    load,
    nameOf: (code: string): string => {
      const category = find(code);
      return category === undefined ? code : nameOf(category);
    },
    needsPhoto: (code: string): boolean => find(code)?.photo_required ?? false,
  };
});
