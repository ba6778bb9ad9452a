/** An event's data in the reader's words. */
import { useI18n } from "vue-i18n";
import type { DeviceEvent } from "@/api/types";
import { eventDetails } from "./eventData";

export function useEventWords() {
  const { t, te } = useI18n();
  const named = (field: string): string => {
    const key = `history.field.${field}`;
    return te(key, "zh-Hans") ? t(key) : field;
  };
  return {
    details: (event: Pick<DeviceEvent, "data">): string =>
      eventDetails((key, values) => t(key, values ?? {}), named, event.data).join(t("common.listSeparator")),
  };
}
