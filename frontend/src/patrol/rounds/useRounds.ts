/** The rounds of one's units: as the server last said, with what waits in the queue laid over them. */
import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";
import { ApiError } from "@/api/client";
import { readRounds } from "../api";
import { roundLane, type VisitAct } from "../outbox/acts";
import { keep, kept } from "../state/database";
import { useOutbox } from "../state/outbox";
import { useSession } from "../state/session";
import type { Round } from "../types";
import { projected, visitsWaiting, type Walk } from "./rounds";

export const useRounds = defineStore("patrol-rounds", () => {
  const session = useSession();
  const outbox = useOutbox();
  const known = shallowRef<readonly Round[]>([]);
  /** When the server said so, by this phone's clock; null before the first time. */
  const asOf = ref<number | null>(null);
  let latest = 0;

  const walks = computed(() =>
    known.value.map((round) => projected(round, visitsWaiting(outbox.entries, round.id))),
  );
  const find = (id: number): Walk | null => walks.value.find(({ round }) => round.id === id) ?? null;

  async function take(rounds: readonly Round[]): Promise<void> {
    const user = session.me?.id;
    if (user === undefined) return;
    known.value = rounds;
    asOf.value = Date.now();
    await keep("rounds", { user, items: rounds, at: asOf.value });
  }

  async function recall(): Promise<void> {
    const last = await kept("rounds");
    if (last === null || last.user !== session.me?.id || asOf.value !== null) return;
    known.value = last.items;
    asOf.value = last.at;
  }

  /** Read again. What was asked before something newer came is dropped; without an answer, what is known stands. */
  async function refresh(): Promise<void> {
    latest += 1;
    const mine = latest;
    try {
      const items = await readRounds();
      if (mine === latest) await take(items);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /** A checkpoint is confirmed, here and now. */
  async function confirm(visit: Omit<VisitAct, "kind">): Promise<void> {
    const act: VisitAct = { kind: "visit", ...visit };
    await outbox.add({ lane: roundLane(visit.round), act });
  }

  function forgetAll(): void {
    latest += 1;
    known.value = [];
    asOf.value = null;
  }

  outbox.listen((answer, { act }) => {
    if (act.kind !== "visit") return;
    if (answer !== null && "round" in answer) {
      latest += 1;
      const { round } = answer;
      void take(known.value.map((one) => (one.id === round.id ? round : one)));
    } else void refresh(); // refused: the phone has been wrong
  });

  return { walks, asOf, find, recall, refresh, confirm, forgetAll };
});
