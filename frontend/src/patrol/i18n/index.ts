/** The words of the patrol's page: those that all pages share, and its own. */
import { createI18n } from "vue-i18n";
import conferenceEn from "@/conference/i18n/en";
import conferenceZhHans from "@/conference/i18n/zh-Hans";
import filesEn from "@/conference/files/i18n/en";
import filesZhHans from "@/conference/files/i18n/zh-Hans";
import sharedEn from "@/i18n/en";
import sharedZhHans from "@/i18n/zh-Hans";
import touchEn from "@/touch/i18n/en";
import touchZhHans from "@/touch/i18n/zh-Hans";
import en from "./en";
import zhHans from "./zh-Hans";

export const LOCALES = ["zh-Hans", "en"] as const;
export type Locale = (typeof LOCALES)[number];

export const messages = {
  "zh-Hans": { ...sharedZhHans, ...conferenceZhHans, ...filesZhHans, touch: touchZhHans, patrol: zhHans },
  en: { ...sharedEn, ...conferenceEn, ...filesEn, touch: touchEn, patrol: en },
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
