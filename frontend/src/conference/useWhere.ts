/** Where one is in a room that is divided, in words; null while it is not. */
import { computed, type ComputedRef } from "vue";
import { useI18n } from "vue-i18n";
import { assertNever } from "@/ui/assertNever";
import type { IconName } from "@/ui/UiIcon.vue";
import { useConference } from "./conference";
import { type Where, whereOf } from "./state/subrooms";

export interface WhereWords {
  readonly kind: Where["kind"] | "announcing";
  readonly text: string;
  /** What that means for who hears whom. */
  readonly hint: string;
  readonly icon: IconName;
}

export function useWhere(): ComputedRef<WhereWords | null> {
  const { t } = useI18n();
  const conference = useConference();

  function words(where: Where, announces: boolean): WhereWords | null {
    switch (where.kind) {
      case "undivided":
        return null;
      case "whole":
        if (announces) return { kind: "announcing", text: t("call.where.announcing"), hint: t("call.where.announcingHint"), icon: "announce" };
        return { kind: "whole", text: t("call.where.whole"), hint: t("call.where.wholeHint", { n: where.rooms }), icon: "people" };
      case "sub_room": {
        const hint = where.announced ? "call.where.announced" : "call.where.subRoomHint";
        return { kind: "sub_room", text: t("call.where.subRoom", { name: where.name }), hint: t(hint, { name: where.name }), icon: "divide" };
      }
      case "raised":
        return { kind: "raised", text: t("call.where.raised"), hint: t("call.where.raisedHint"), icon: "up" };
      default:
        return assertNever(where);
    }
  }

  return computed(() => {
    const state = conference.room.state;
    return state === null || !conference.inside ? null : words(whereOf(state), state.conference.announcing === state.you);
  });
}
