/** The colours of the charts, as the theme has them now; on paper those of the light one. */
import { computed, type ComputedRef, type Ref } from "vue";
import { usePreferences } from "@/state/preferences";
import type { Colours } from "./charts";

export function useColours(printing: Ref<boolean>): ComputedRef<Colours> {
  const preferences = usePreferences();
  return computed(() => {
    void [preferences.theme, printing.value];
    const style = getComputedStyle(document.documentElement);
    const token = (name: string): string => style.getPropertyValue(name).trim();
    return {
      text: token("--text"),
      muted: token("--muted"),
      border: token("--border"),
      strong: token("--accent"),
      middle: token("--text"),
      weak: token("--offline"),
    };
  });
}
