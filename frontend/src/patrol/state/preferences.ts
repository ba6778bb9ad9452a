/** Language and theme, under the names that the console uses too; the phone follows the system's theme. */
import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";
import { isOneOf, readStored, stored, writeStored } from "@/state/storage";
import { LOCALES, type Locale, setLocale } from "../i18n";

export const THEMES = ["system", "light", "dark"] as const;
export type ThemeChoice = (typeof THEMES)[number];

/** The service worker reads it there: it has no other store that a page can write without waiting. */
const SETTINGS_CACHE = "lingdun-patrol-settings";

function tellWorker(locale: Locale): void {
  if (!("caches" in window)) return; // not on a page without HTTPS
  void caches
    .open(SETTINGS_CACHE)
    .then((cache) => cache.put("/patrol/settings", Response.json({ locale })));
}

export const usePreferences = defineStore("patrol-preferences", () => {
  const themeChoice = stored<ThemeChoice>("theme", "system", isOneOf(THEMES));
  const chosen = readStored<Locale | "">("locale", "", isOneOf(LOCALES));
  const locale = ref<Locale>(chosen === "" ? "zh-Hans" : chosen);
  let remembered = chosen !== "";

  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const systemDark = ref(dark.matches);
  dark.addEventListener("change", ({ matches }) => {
    systemDark.value = matches;
  });
  const theme = computed(() =>
    themeChoice.value === "system" ? (systemDark.value ? "dark" : "light") : themeChoice.value,
  );

  watch(
    theme,
    (next) => {
      document.documentElement.dataset["theme"] = next;
    },
    { immediate: true, flush: "sync" },
  );
  watch(
    locale,
    (next) => {
      setLocale(next);
      document.documentElement.lang = next;
      tellWorker(next);
    },
    { immediate: true, flush: "sync" },
  );

  function chooseLocale(next: Locale): void {
    remembered = true;
    locale.value = next;
    writeStored("locale", next);
  }

  /** The account's language counts only until this phone was told otherwise. */
  function adoptLanguage(language: string): void {
    if (remembered || language === "") return;
    locale.value = language.toLowerCase().startsWith("en") ? "en" : "zh-Hans";
  }

  return { themeChoice, theme, locale, chooseLocale, adoptLanguage };
});
