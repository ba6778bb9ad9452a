/** One's own units as this phone knows them. */
import { computed, type ComputedRef } from "vue";
import { useDuty } from "../state/duty";
import { useInbox } from "../state/inbox";
import { useOutbox } from "../state/outbox";
import { type Standing, standingOf } from "./status";

export function useOwnUnits(): ComputedRef<readonly Standing[]> {
  const duty = useDuty();
  const inbox = useInbox();
  const outbox = useOutbox();
  return computed(() => {
    const { unanswered, underWay } = inbox.inbox;
    const tasks = [...unanswered, ...underWay];
    return (duty.duty?.units ?? []).map((unit) => standingOf(unit, outbox.entries, tasks));
  });
}
