/** Every word a person reads. zh-Hans leads; English has the same keys or does not compile. */
import { createI18n } from "vue-i18n";
import mapEn from "@/map/i18n/en";
import mapZhHans from "@/map/i18n/zh-Hans";
import en from "./en";
import zhHans from "./zh-Hans";

export const LOCALES = ["zh-Hans", "en"] as const;
export type Locale = (typeof LOCALES)[number];

export const messages = {
  "zh-Hans": { ...zhHans, map: mapZhHans },
  en: { ...en, map: mapEn },
};

export const i18n = createI18n({
  legacy: false,
  locale: "zh-Hans" as Locale,
  fallbackLocale: "zh-Hans",
  messages,
});

export function setLocale(locale: Locale): void {
  i18n.global.locale.value = locale;
}
