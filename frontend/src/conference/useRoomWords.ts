/** What the room is doing, in words; and why something was refused. */
import { computed } from "vue";
import { useI18n } from "vue-i18n";
import { type Farewell, useConference } from "./conference";
import type { Outcome } from "./state/client";
import { canMend, isFull, isLoopback, troublesOf } from "./state/troubles";

/** `busy`: it mends itself. `trouble`: somebody has to do something. */
export interface RoomNotice {
  readonly kind: "busy" | "trouble";
  readonly text: string;
  /** Another try may help, now. */
  readonly again: boolean;
}

export function useRoomWords() {
  const { t, te } = useI18n();
  const conference = useConference();

  const notice = computed<RoomNotice | null>(() => {
    if (conference.id === null) return null;
    if (conference.link === "broken") return busy("broken");
    if (conference.returning) return busy("returning");
    if (conference.room.state === null) return busy("connecting");
    if (conference.waiting) return busy("waiting");
    const problem = conference.room.mediaProblem;
    if (problem !== null) return { kind: "trouble", text: t(`call.trouble.${problem}`), again: isFull(problem) };
    if (conference.line === "blocked") return { kind: "trouble", text: blocked(), again: true };
    if (conference.line === "broken") return busy("mediaBroken");
    return conference.line === "connecting" ? busy("mediaConnecting") : null;
  });

  function busy(what: "broken" | "returning" | "connecting" | "waiting" | "mediaBroken" | "mediaConnecting"): RoomNotice {
    return { kind: "busy", text: t(`call.state.${what}`), again: false };
  }

  function blocked(): string {
    const address = conference.nodeAddress;
    if (address === "") return t("call.trouble.blockedSomewhere");
    return t(isLoopback(address) ? "call.trouble.blockedHere" : "call.trouble.blocked", { address });
  }

  /** What is missing of one's own devices. */
  const troubles = computed(() => troublesOf(conference.media));
  const ownTroubles = computed<readonly string[]>(() => troubles.value.map(({ what, problem }) => t(`call.${what}.${problem}`)));
  const mayMend = computed(() => canMend(troubles.value));

  function named(group: string, code: string): string {
    return te(`${group}.${code}`, "zh-Hans") ? t(`${group}.${code}`) : t(`${group}.other`, { code });
  }

  return {
    notice,
    ownTroubles,
    mayMend,
    refusedAs: (code: string) => named("call.refusal", code),
    refusal: (outcome: Extract<Outcome, { ok: false }>) => named("call.refusal", outcome.code),
    farewell: ({ why }: Farewell) => named("call.bye", why),
  };
}
