/** Language and theme: chosen once, remembered, applied to the document. */
import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";
import { LOCALES, type Locale, setLocale } from "@/i18n";
import { isOneOf, readStored, stored, writeStored } from "./storage";

export const THEMES = ["dark", "light", "system"] as const;
export type ThemeChoice = (typeof THEMES)[number];
export type Theme = "dark" | "light";

const isLocale = isOneOf(LOCALES);

function localeOf(language: string): Locale {
  return language.toLowerCase().startsWith("en") ? "en" : "zh-Hans";
}

/** The console is dark unless somebody chose otherwise; a page may begin with another look. */
function pagesTheme(): ThemeChoice {
  const own = document.documentElement.dataset["themeDefault"];
  return THEMES.find((theme) => theme === own) ?? "dark";
}

export const usePreferences = defineStore("preferences", () => {
  const themeChoice = stored<ThemeChoice>("theme", pagesTheme(), isOneOf(THEMES));
  const chosen = readStored<Locale | "">("locale", "", (value): value is Locale => isLocale(value));
  const locale = ref<Locale>(chosen === "" ? "zh-Hans" : chosen);
  let remembered = chosen !== "";

  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const systemDark = ref(dark.matches);
  dark.addEventListener("change", (event) => {
    systemDark.value = event.matches;
  });
  const theme = computed<Theme>(() => {
    if (themeChoice.value !== "system") return themeChoice.value;
    return systemDark.value ? "dark" : "light";
  });

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
    },
    { immediate: true, flush: "sync" },
  );

  function chooseLocale(next: Locale): void {
    remembered = true;
    locale.value = next;
    writeStored("locale", next);
  }

  /** The account's language counts only until this browser was told otherwise. */
  function adoptLanguage(language: string): void {
    if (!remembered && language !== "") locale.value = localeOf(language);
  }

  function nextTheme(): void {
    themeChoice.value = THEMES[(THEMES.indexOf(themeChoice.value) + 1) % THEMES.length] ?? "dark";
  }

  return { themeChoice, theme, locale, chooseLocale, adoptLanguage, nextTheme };
});
