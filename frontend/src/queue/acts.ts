/** What is done with one alarm beside acknowledging it: which dialog is open, and the calls. */
import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";
import { api } from "@/api/client";
import type { Alarm } from "@/feed/types";
import { useSession } from "@/state/session";

export type Asked = "shelve" | "assign" | "comment";

export interface Person {
  readonly id: number;
  readonly name: string;
}

/** Minutes; what an installation allows ends the list. */
const SPANS = [15, 30, 60, 120, 240, 480, 1440] as const;

export function spansUpTo(longest: number): readonly number[] {
  const fitting = SPANS.filter((minutes) => minutes < longest);
  return [...fitting, longest];
}

export const useAlarmActs = defineStore("alarmActs", () => {
  const session = useSession();
  const asking = shallowRef<{ readonly what: Asked; readonly alarm: Alarm } | null>(null);
  const busy = ref(false);

  function may(what: Asked | "reset" | "unshelve", alarm: Alarm): boolean {
    switch (what) {
      case "reset":
        return alarm.latched && session.can("alarms.reset", alarm.code);
      case "unshelve":
        return alarm.shelved_until !== null && session.can("alarms.shelve", alarm.code);
      case "shelve":
        return session.can(alarm.severity === 1 ? "alarms.shelve_grave" : "alarms.shelve", alarm.code);
      case "assign":
      case "comment":
        return session.can("alarms.acknowledge", alarm.code);
    }
  }

  function ask(what: Asked, alarm: Alarm): void {
    if (!busy.value && may(what, alarm)) asking.value = { what, alarm };
  }

  function cancel(): void {
    if (!busy.value) asking.value = null;
  }

  /** An ApiError is for who called. */
  async function post(alarm: Alarm, act: string, body: object): Promise<void> {
    busy.value = true;
    try {
      await api.post<Alarm>(`/alarms/${String(alarm.id)}/${act}`, body);
      asking.value = null;
    } finally {
      busy.value = false;
    }
  }

  return {
    asking,
    busy,
    may,
    ask,
    cancel,
    reset: (alarm: Alarm) => post(alarm, "reset", {}),
    unshelve: (alarm: Alarm) => post(alarm, "unshelve", {}),
    shelve: (alarm: Alarm, minutes: number, reason: string) =>
      // The dialog of severity 1 asks twice before this is called.
      post(alarm, "shelve", { minutes, reason, confirmed: true }),
    assign: (alarm: Alarm, user: number | null) => post(alarm, "assign", { user }),
    comment: (alarm: Alarm, text: string) => post(alarm, "comments", { text }),
    people: (alarm: Alarm) => api.get<readonly Person[]>(`/alarms/${String(alarm.id)}/assignees`),
    longest: async () => (await api.get<{ longest: number }>("/alarms/shelf")).longest,
  };
});
