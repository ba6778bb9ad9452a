/** Which alarms the queue shows, and in what order. Pure. */
import type { Alarm, JurisdictionCode, Severity } from "@/feed/types";
import { within } from "@/state/areas";
import { isAnnunciated, silenceOf, SILENCES } from "@/state/silence";

/** Those of what is annunciated, one's own, and what is listed aside. */
export const QUEUE_STATES = ["all", "unacknowledged", "acknowledged", "active", "cleared", "chattering", "mine", ...SILENCES] as const;
export type QueueState = (typeof QUEUE_STATES)[number];

export const QUEUE_SORTS = ["priority", "newest", "oldest", "severity"] as const;
export type QueueSort = (typeof QUEUE_SORTS)[number];

export interface QueueFilter {
  /** Empty means every severity. */
  readonly severities: readonly Severity[];
  readonly state: QueueState;
  readonly area: JurisdictionCode | null;
}

export const EVERYTHING: QueueFilter = { severities: [], state: "all", area: null };

export function isFiltering(filter: QueueFilter): boolean {
  return filter.severities.length > 0 || filter.state !== "all" || filter.area !== null;
}

const IN_STATE: { readonly [S in QueueState]: (alarm: Alarm, me: number | null) => boolean } = {
  all: isAnnunciated,
  unacknowledged: (alarm) => isAnnunciated(alarm) && !alarm.acknowledged,
  acknowledged: (alarm) => isAnnunciated(alarm) && alarm.acknowledged,
  active: (alarm) => isAnnunciated(alarm) && alarm.active,
  cleared: (alarm) => isAnnunciated(alarm) && !alarm.active,
  mine: (alarm, me) => me !== null && alarm.assignee === me,
  shelved: (alarm) => silenceOf(alarm) === "shelved",
  out_of_service: (alarm) => silenceOf(alarm) === "out_of_service",
  suppressed: (alarm) => silenceOf(alarm) === "suppressed",
  chattering: (alarm) => isAnnunciated(alarm) && alarm.chattering,
};

/** `me`: the account that looks. */
export function matches(alarm: Alarm, filter: QueueFilter, me: number | null = null): boolean {
  return (
    (filter.severities.length === 0 || filter.severities.includes(alarm.severity)) &&
    IN_STATE[filter.state](alarm, me) &&
    within(alarm.code, filter.area)
  );
}

/** What an order looks at. */
type Ordered = Pick<Alarm, "id" | "severity" | "acknowledged" | "raised_at">;
type Order = (a: Ordered, b: Ordered) => number;

/** ISO-8601 UTC of one format sorts as text. */
const newest: Order = (a, b) =>
  a.raised_at === b.raised_at ? b.id - a.id : a.raised_at < b.raised_at ? 1 : -1;
const severity: Order = (a, b) => a.severity - b.severity || newest(a, b);

export const ORDERS: { readonly [S in QueueSort]: Order } = {
  priority: (a, b) => Number(a.acknowledged) - Number(b.acknowledged) || severity(a, b),
  newest,
  oldest: (a, b) => newest(b, a),
  severity,
};

/** A short list of whatever is open, what is listed aside last. */
export function listed(alarms: Iterable<Alarm>): Alarm[] {
  const aside = (alarm: Alarm): number => Number(!isAnnunciated(alarm));
  return [...alarms].sort((a, b) => aside(a) - aside(b) || ORDERS.priority(a, b));
}

const NOBODY: ReadonlySet<number> = new Set();

/**
 * The queue's rows: what matches, in order. `lingering`: just acknowledged, and still kept where
 * they were, so that one sees in place who took them before they sink.
 */
export function arrange(
  alarms: Iterable<Alarm>,
  filter: QueueFilter,
  sort: QueueSort,
  lingering: ReadonlySet<number> = NOBODY,
  me: number | null = null,
): Alarm[] {
  if (lingering.size === 0) {
    return [...alarms].filter((alarm) => matches(alarm, filter, me)).sort(ORDERS[sort]);
  }
  // Placed as if nobody had acknowledged them yet.
  const placed = (alarm: Alarm): Alarm =>
    lingering.has(alarm.id) ? { ...alarm, acknowledged: false } : alarm;
  return [...alarms]
    .map((alarm) => ({ alarm, place: placed(alarm) }))
    .filter(({ place }) => matches(place, filter, me))
    .sort((a, b) => ORDERS[sort](a.place, b.place))
    .map(({ alarm }) => alarm);
}
