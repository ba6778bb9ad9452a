/** The category tree, read once when something asks for it. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { ApiError, api } from "@/api/client";
import type { IncidentCategory } from "@/api/types";
import type { Severity } from "@/feed/types";
import { usePreferences } from "@/state/preferences";
import { useSession } from "@/state/session";

export interface CategoryGroup {
  readonly code: string;
  readonly name: string;
  readonly categories: readonly { readonly code: string; readonly name: string }[];
}

export const useCategories = defineStore("categories", () => {
  const preferences = usePreferences();
  const session = useSession();
  const rows = shallowRef<readonly IncidentCategory[]>([]);
  const failure = shallowRef<ApiError | null>(null);
  const asked = ref(false);

  async function load(): Promise<void> {
    if (asked.value || !(session.can("incidents.report") || session.can("incidents.view"))) return;
    asked.value = true;
    failure.value = null;
    try {
      rows.value = await api.get<readonly IncidentCategory[]>("/incident-categories");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      asked.value = false; // whoever asks next tries again
      failure.value = error;
    }
  }

  const nameOf = (row: IncidentCategory): string => (preferences.locale === "en" ? row.name_en : row.name);
  const names = computed(() => new Map(rows.value.map((row) => [row.code, nameOf(row)])));
  const groups = computed<readonly CategoryGroup[]>(() =>
    rows.value
      .filter(({ parent }) => parent === null)
      .map((group) => ({
        code: group.code,
        name: nameOf(group),
        categories: rows.value
          .filter(({ parent }) => parent === group.code)
          .map((row) => ({ code: row.code, name: nameOf(row) })),
      })),
  );

  /** By code; the code itself while the tree is not known. */
  function name(code: string): string {
    void load();
    return names.value.get(code) ?? code;
  }

  function severity(code: string): Severity | null {
    const found = rows.value.find((row) => row.code === code)?.severity;
    return found === undefined ? null : (found as Severity);
  }

  return { groups, failure, load, name, severity };
});
