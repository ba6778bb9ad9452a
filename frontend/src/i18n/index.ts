/**
 * Every word a person reads. zh-Hans leads; English has the same keys or does not compile. Words that several panes
 * share are in this folder, the others beside what they are said about.
 */
import { createI18n } from "vue-i18n";
import deskEn from "@/conference/desk/i18n/en";
import deskZhHans from "@/conference/desk/i18n/zh-Hans";
import linesEn from "@/conference/quality/i18n/en";
import linesZhHans from "@/conference/quality/i18n/zh-Hans";
import plannedEn from "@/conference/schedules/i18n/en";
import plannedZhHans from "@/conference/schedules/i18n/zh-Hans";
import aboutEn from "@/conference/about/i18n/en";
import aboutZhHans from "@/conference/about/i18n/zh-Hans";
import fileEn from "@/conference/files/i18n/en";
import fileZhHans from "@/conference/files/i18n/zh-Hans";
import conferenceEn from "@/conference/i18n/en";
import conferenceZhHans from "@/conference/i18n/zh-Hans";
import commandsEn from "@/devices/commands/i18n/en";
import snapshotsEn from "@/devices/snapshots/i18n/en";
import detailEn from "@/detail/i18n/en";
import commandsZhHans from "@/devices/commands/i18n/zh-Hans";
import snapshotsZhHans from "@/devices/snapshots/i18n/zh-Hans";
import detailZhHans from "@/detail/i18n/zh-Hans";
import frameEn from "@/frame/i18n/en";
import frameZhHans from "@/frame/i18n/zh-Hans";
import historyEn from "@/history/i18n/en";
import historyZhHans from "@/history/i18n/zh-Hans";
import incidentsEn from "@/incidents/i18n/en";
import incidentsZhHans from "@/incidents/i18n/zh-Hans";
import maintenanceEn from "@/maintenance/i18n/en";
import maintenanceZhHans from "@/maintenance/i18n/zh-Hans";
import mapEn from "@/map/i18n/en";
import mapZhHans from "@/map/i18n/zh-Hans";
import noticesEn from "@/notices/i18n/en";
import noticesZhHans from "@/notices/i18n/zh-Hans";
import outagesEn from "@/outages/i18n/en";
import outagesZhHans from "@/outages/i18n/zh-Hans";
import queueEn from "@/queue/i18n/en";
import queueZhHans from "@/queue/i18n/zh-Hans";
import recordsEn from "@/records/i18n/en";
import recordsZhHans from "@/records/i18n/zh-Hans";
import rulesEn from "@/records/rules/i18n/en";
import rulesZhHans from "@/records/rules/i18n/zh-Hans";
import statisticsEn from "@/statistics/i18n/en";
import statisticsZhHans from "@/statistics/i18n/zh-Hans";
import en from "./en";
import zhHans from "./zh-Hans";

export const LOCALES = ["zh-Hans", "en"] as const;
export type Locale = (typeof LOCALES)[number];

export const messages = {
  "zh-Hans": {
    ...zhHans,
    ...conferenceZhHans,
    ...deskZhHans,
    ...commandsZhHans,
    ...snapshotsZhHans,
    ...detailZhHans,
    ...frameZhHans,
    ...historyZhHans,
    ...incidentsZhHans,
    ...noticesZhHans,
    ...outagesZhHans,
    ...queueZhHans,
    ...recordsZhHans,
    ...rulesZhHans,
    ...statisticsZhHans,
    ...maintenanceZhHans,
    ...linesZhHans,
    ...aboutZhHans,
    ...fileZhHans,
    ...plannedZhHans,
    map: mapZhHans,
  },
  en: {
    ...en,
    ...conferenceEn,
    ...deskEn,
    ...commandsEn,
    ...snapshotsEn,
    ...detailEn,
    ...frameEn,
    ...historyEn,
    ...incidentsEn,
    ...noticesEn,
    ...outagesEn,
    ...queueEn,
    ...recordsEn,
    ...rulesEn,
    ...statisticsEn,
    ...maintenanceEn,
    ...linesEn,
    ...aboutEn,
    ...fileEn,
    ...plannedEn,
    map: mapEn,
  },
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
