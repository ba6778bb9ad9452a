/** The map's words in the user's language; a kind or condition that has no word is shown by its code. */
import { silenceOf } from "@/state/silence";
import { computed, type ComputedRef } from "vue";
import { useI18n } from "vue-i18n";

import type { Alarm } from "@/feed/types";
import { age } from "@/ui/time";
import { ownTitle } from "@/ui/titled";

import type { Words } from "./words";

export interface MapWords extends Words {
  /** `condition`, `kind`, `level`, … by code. */
  term(group: string, code: string): string;
  condition(alarm: Alarm): string;
}

export function useWords(): ComputedRef<MapWords> {
  const { t, te, locale } = useI18n();
  const term = (group: string, code: string): string => {
    const key = `${group}.${code}`;
    return te(key) ? t(key) : code;
  };
  const state = (alarm: Alarm): string =>
    [
      t(alarm.acknowledged ? "map.acknowledged" : "map.unacknowledged"),
      t(alarm.active ? "map.active" : "map.cleared"),
      ...(silenceOf(alarm) === null ? [] : [t(`silence.${silenceOf(alarm) ?? ""}`)]),
    ].join(" · ");
  const condition = (alarm: Alarm): string => ownTitle(alarm, locale.value) || term("condition", alarm.condition);
  const words: MapWords = {
    term,
    condition,
    alarm: (alarm) =>
      t("map.alarmAria", {
        severity: t(`severity.name.${alarm.severity}`),
        condition: condition(alarm),
        device: alarm.device_name,
        place: alarm.site,
        state: state(alarm),
      }),
    alarms: (lead, n, open) =>
      t("map.groupAria", {
        n,
        open,
        severity: t(`severity.name.${lead.severity}`),
        condition: condition(lead),
        device: lead.device_name,
      }),
    device: (device) =>
      t("map.deviceAria", {
        kind: term("kind", device.kind),
        name: device.name,
        status: t(`deviceStatus.${device.status}`),
      }),
    cluster: ({ total, online, offline }) => t("map.clusterAria", { n: total, online, offline }),
    unit: (unit) =>
      t("map.unitAria", {
        kind: t(`unitKind.${unit.kind}`),
        name: unit.name,
        status: t(`unitStatus.${unit.status}`),
      }),
    incident: (incident) =>
      t("map.incidentAria", {
        severity: t(`severity.name.${incident.severity}`),
        number: incident.number,
        title: incident.title,
        stage: t(`stage.${incident.stage}`),
      }),
    deviceLabel: (device) => `${device.name} · ${t(`deviceStatus.${device.status}`)}`,
    age: (at, now) => age(t, now - Date.parse(at)),
  };
  // A new object per language, so that whoever watches it draws again.
  return computed(() => ({ ...words, locale: locale.value }));
}
