/** The queue of this phone, with the world that it needs: IndexedDB, the API, the clock. */
import { defineStore } from "pinia";
import { computed, shallowRef } from "vue";
import { type Answer, deliver } from "../api";
import { type Act, channelOf, type Entry, isShown } from "../outbox/acts";
import { type Channel, waitingOf } from "../outbox/machine";
import { Outbox } from "../outbox/outbox";
import { newKey } from "../outbox/key";
import { readClocks } from "./clocks";
import { outboxStore } from "./database";
import { useNetwork } from "./network";
import { useSession } from "./session";

const LOCK = "lingdun-patrol-outbox";

async function alone(channel: Channel, run: () => Promise<void>): Promise<boolean> {
  // Without HTTPS there are no locks; the server's memory of the keys stands for them.
  if (!("locks" in navigator)) return run().then(() => true);
  return await navigator.locks.request(`${LOCK}-${channel}`, { ifAvailable: true }, async (lock) => {
    if (lock === null) return false;
    await run();
    return true;
  });
}

export interface Wanted {
  readonly lane: string;
  readonly act: Act;
  readonly key?: string;
}

export const useOutbox = defineStore("patrol-outbox", () => {
  const session = useSession();
  const network = useNetwork();
  const entries = shallowRef<readonly Entry[]>([]);
  const sending = shallowRef<ReadonlySet<string>>(new Set());
  const listeners: ((answer: Answer, entry: Entry) => void)[] = [];

  const outbox = new Outbox<Act>({
    store: outboxStore,
    clocks: readClocks,
    channelOf,
    online: () => navigator.onLine,
    async send(entry, all) {
      const outcome = await deliver(entry, all, (answer) => {
        for (const listen of listeners) listen(answer, entry);
      });
      network.heard(outcome.kind !== "failed");
      if (outcome.kind === "signed_out") session.end(true);
      return outcome;
    },
    alone,
    later(run, ms) {
      const timer = window.setTimeout(run, ms);
      return () => {
        window.clearTimeout(timer);
      };
    },
    changed(next, keys) {
      entries.value = next;
      sending.value = keys;
    },
    settled(entry) {
      if (entry.state === "refused") for (const listen of listeners) listen(null, entry);
    },
  });

  /** Those that a person made, newest first. */
  const shown = computed(() => entries.value.filter(isShown).sort((a, b) => b.seq - a.seq));
  const waiting = computed(() => waitingOf(shown.value));
  const refused = computed(() => shown.value.filter(({ state }) => state === "refused"));

  async function add(...wanted: readonly Wanted[]): Promise<void> {
    const user = session.me?.id;
    if (user === undefined) return;
    await outbox.add(wanted.map(({ lane, act, key }) => ({ key: key ?? newKey(), user, lane, act })));
  }

  return {
    entries,
    sending,
    shown,
    waiting,
    refused,
    add,
    open: (user: number | null) => outbox.open(user),
    hurry: () => outbox.hurry(),
    putAway: (key: string) => outbox.putAway(key),
    /** Calls for each answer of the server, before the entry counts as sent, and for each refusal. */
    listen: (run: (answer: Answer, entry: Entry) => void) => {
      listeners.push(run);
    },
  };
});
