/** The keys of what is done with one alarm, and saying how it went. */
import { useMessage } from "naive-ui";
import { useI18n } from "vue-i18n";
import { ApiError } from "@/api/client";
import type { Alarm } from "@/feed/types";
import { useKeys } from "@/keyboard/useKeys";
import { useSession } from "@/state/session";
import { useWords } from "@/ui/words";
import { type Asked, useAlarmActs } from "./acts";

export function useActsSaid() {
  const { t } = useI18n();
  const words = useWords();
  const message = useMessage();

  /** False when it was refused, which has been said then. */
  return async function said(work: Promise<void>, done: string): Promise<boolean> {
    try {
      await work;
      message.success(t(done));
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      message.error(words.failure(error));
      return false;
    }
  };
}

/** `target`: the alarm whose detail is open, else the one under the keyboard. */
export function useActKeys(target: () => Alarm | null): void {
  const acts = useAlarmActs();
  const session = useSession();
  const said = useActsSaid();

  const asks = (what: Asked) => () => {
    const alarm = target();
    if (alarm !== null) acts.ask(what, alarm);
  };
  const can = (what: Parameters<typeof acts.may>[0]) => () => {
    const alarm = target();
    return alarm !== null && acts.may(what, alarm);
  };

  useKeys([
    { keys: ["z"], label: "keys.shelve", group: "queue", when: can("shelve"), run: asks("shelve") },
    {
      keys: ["Shift+z"],
      label: "keys.unshelve",
      group: "queue",
      when: can("unshelve"),
      run: () => {
        const alarm = target();
        if (alarm !== null) void said(acts.unshelve(alarm), "acts.unshelved");
      },
    },
    {
      keys: ["Shift+r"],
      label: "keys.reset",
      group: "queue",
      when: can("reset"),
      run: () => {
        const alarm = target();
        if (alarm !== null) void said(acts.reset(alarm), "acts.resetDone");
      },
    },
    {
      keys: ["Shift+m"],
      label: "keys.assignMe",
      group: "queue",
      when: can("assign"),
      run: () => {
        const [alarm, me] = [target(), session.me?.id];
        if (alarm !== null && me !== undefined) void said(acts.assign(alarm, me), "acts.assigned");
      },
    },
    { keys: ["Shift+g"], label: "keys.assignAlarm", group: "queue", when: can("assign"), run: asks("assign") },
    { keys: ["Shift+c"], label: "keys.commentAlarm", group: "queue", when: can("comment"), run: asks("comment") },
  ]);
}
