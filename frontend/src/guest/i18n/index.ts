/** The words of the guest's page, beside those of the conference. */
import { i18n } from "@/i18n";
import touchEn from "@/touch/i18n/en";
import touchZhHans from "@/touch/i18n/zh-Hans";
import en from "./en";
import zhHans from "./zh-Hans";

export const messages = {
  "zh-Hans": { touch: touchZhHans, guest: zhHans },
  en: { touch: touchEn, guest: en },
};

export function addWords(): void {
  i18n.global.mergeLocaleMessage("zh-Hans", messages["zh-Hans"]);
  i18n.global.mergeLocaleMessage("en", messages.en);
}
