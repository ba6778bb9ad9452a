/** Which alarms a post was called to because nobody acknowledged them. Pure: it follows from the alarms themselves. */
import type { Me } from "@/api/types";
import type { Alarm } from "@/feed/types";
import { isAnnunciated } from "@/state/silence";

/** The codes at which somebody holds a post themselves: a level is called, not whoever is above it. */
export function postCodes({ posts }: Pick<Me, "posts">): ReadonlySet<string> {
  return new Set(posts.map(({ code }) => code));
}

/** Whether an alarm has come to its level from below; if not, its first level was reminded of it. */
export function isPassedUp(alarm: Alarm): boolean {
  return alarm.escalated_at !== null;
}

/**
 * What waits for those levels to see to it: the gravest first, then what has waited longest. `reminders`: also what
 * has not come from below and was only called to mind. It ends with the acknowledgement, or when the alarm is kept quiet.
 */
export function calledTo(alarms: Iterable<Alarm>, codes: ReadonlySet<string>, { reminders }: { reminders: boolean }): readonly Alarm[] {
  const found: Alarm[] = [];
  for (const alarm of alarms) {
    if (alarm.level === "" || alarm.acknowledged || !codes.has(alarm.level)) continue;
    if (isAnnunciated(alarm) && (reminders || isPassedUp(alarm))) found.push(alarm);
  }
  return found.sort((a, b) => a.severity - b.severity || a.raised_at.localeCompare(b.raised_at) || a.id - b.id);
}
