/** The device list's filter, so that a figure of the top strip can set it. */
import { defineStore } from "pinia";
import { computed, markRaw, shallowRef } from "vue";
import { useScope } from "@/state/scope";
import { type DeviceFilter, listDevices } from "./filter";

export const ANY_DEVICE: DeviceFilter = { text: "", kind: null, status: null };

export const useDevices = defineStore("devices", () => {
  const scope = useScope();
  const filter = shallowRef<DeviceFilter>(ANY_DEVICE);
  const shown = computed(() => markRaw(listDevices(scope.devices, filter.value)));

  function setFilter(change: Partial<DeviceFilter>): void {
    filter.value = { ...filter.value, ...change };
  }

  return { filter, shown, setFilter };
});
