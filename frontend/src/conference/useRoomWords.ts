/** What the room is doing, in words; and why something was refused. */
import { computed } from "vue";
import { useI18n } from "vue-i18n";
import { type Farewell, useConference } from "./conference";
import type { Outcome } from "./state/client";

/** `busy`: it mends itself. `trouble`: somebody has to do something. */
export interface RoomNotice {
  readonly kind: "busy" | "trouble";
  readonly text: string;
}

export function useRoomWords() {
  const { t, te } = useI18n();
  const conference = useConference();

  const notice = computed<RoomNotice | null>(() => {
    if (conference.id === null) return null;
    if (conference.link === "broken") return { kind: "busy", text: t("call.state.broken") };
    if (conference.returning) return { kind: "busy", text: t("call.state.returning") };
    if (conference.room.state === null) return { kind: "busy", text: t("call.state.connecting") };
    if (conference.waiting) return { kind: "busy", text: t("call.state.waiting") };
    const problem = conference.room.mediaProblem;
    if (problem !== null) return { kind: "trouble", text: t(`call.trouble.${problem}`) };
    if (conference.line === "blocked") return { kind: "trouble", text: blocked() };
    if (conference.line === "broken") return { kind: "busy", text: t("call.state.mediaBroken") };
    return conference.line === "connecting" ? { kind: "busy", text: t("call.state.mediaConnecting") } : null;
  });

  function blocked(): string {
    const address = conference.nodeAddress;
    return address === "" ? t("call.trouble.blockedSomewhere") : t("call.trouble.blocked", { address });
  }

  /** What is missing of one's own devices. */
  const ownTroubles = computed<readonly string[]>(() => {
    const { cameraProblem, microphoneProblem } = conference.media;
    return [
      ...(cameraProblem === null ? [] : [t(`call.camera.${cameraProblem}`)]),
      ...(microphoneProblem === null ? [] : [t(`call.microphone.${microphoneProblem}`)]),
    ];
  });

  function named(group: string, code: string): string {
    return te(`${group}.${code}`, "zh-Hans") ? t(`${group}.${code}`) : t(`${group}.other`, { code });
  }

  return {
    notice,
    ownTroubles,
    refusedAs: (code: string) => named("call.refusal", code),
    refusal: (outcome: Extract<Outcome, { ok: false }>) => named("call.refusal", outcome.code),
    farewell: ({ why }: Farewell) => named("call.bye", why),
  };
}
