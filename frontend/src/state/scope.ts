/** Which jurisdiction the whole console looks at, and its figures. */
import { defineStore } from "pinia";
import { computed, markRaw } from "vue";
import { AlarmTally } from "./alarmTally";
import { within } from "./areas";
import { useFeed } from "./feed";
import { figuresOf } from "./figures";
import { isTextOrNull, stored } from "./storage";

export const useScope = defineStore("scope", () => {
  const feed = useFeed();
  const chosen = stored<string | null>("scope", null, isTextOrNull);
  /** Remembered from another account, it may not exist here: then it does not count. */
  const prefix = computed(() =>
    chosen.value !== null && feed.state.jurisdictions.has(chosen.value) ? chosen.value : null,
  );
  const alarms = computed(() =>
    prefix.value === null ? feed.alarms : markRaw(feed.alarms.filter(({ code }) => within(code, prefix.value))),
  );
  const devices = computed(() => markRaw(feed.devices.filter(({ code }) => within(code, prefix.value))));
  const units = computed(() => markRaw(feed.units.filter(({ code }) => within(code, prefix.value))));
  const incidents = computed(() => markRaw(feed.incidents.filter(({ code }) => within(code, prefix.value))));
  const tally = new AlarmTally();
  const alarmFigures = computed(() => tally.of(feed.state.alarms, prefix.value));
  /** How many open alarms are listed aside, and why. */
  const aside = computed(() => alarmFigures.value.aside);
  /** The devices that have a chattering alarm. */
  const chattering = computed(() => markRaw(alarmFigures.value.chattering));
  const equipment = computed(() => figuresOf([], devices.value, units.value));
  const figures = computed(() => ({ ...equipment.value, ...alarmFigures.value }));

  function choose(code: string | null): void {
    chosen.value = code;
  }

  return { prefix, alarms, devices, units, incidents, figures, aside, chattering, choose };
});
