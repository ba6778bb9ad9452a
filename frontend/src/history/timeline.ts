/** A timeline's geometry: bars, ticks and readings out of counts. Pure. */
import type { Severity } from "@/feed/types";

export interface Bucket {
  readonly at: string;
  readonly events: Readonly<Record<string, number>>;
  readonly alarms: Readonly<Record<string, number>>;
}

export interface Span {
  readonly since: number;
  readonly until: number;
}

export interface Bar {
  readonly x: number;
  readonly width: number;
  readonly y: number;
  readonly height: number;
}

export interface AlarmBar extends Bar {
  readonly severity: Severity;
}

/** The gravest stands on the axis, where it is seen even if it is one of a thousand. */
const STACK: readonly Severity[] = [1, 2, 3, 4];
const GAP = 1;
/** What happened at all is at least so high. */
const LEAST = 2;
/** An outage of seconds is seen in a chart of a month. */
const LEAST_BAND = 4;

export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** The top of a scale: 1, 2 or 5 times a power of ten, at or above the greatest value. */
export function niceTop(greatest: number): number {
  if (greatest <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(greatest));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= greatest) ?? 10;
  return step * power;
}

function place(index: number, count: number, width: number): { x: number; width: number } {
  const each = width / count;
  return { x: index * each, width: Math.max(1, each - GAP) };
}

/** One bar for each bucket that has events; `height` is that of the scale's top. */
export function eventBars(buckets: readonly Bucket[], width: number, height: number): readonly Bar[] {
  const top = niceTop(Math.max(0, ...buckets.map(({ events }) => sum(events))));
  return buckets.flatMap((bucket, index) => {
    const total = sum(bucket.events);
    if (total === 0) return [];
    const tall = Math.max(LEAST, (total / top) * height);
    return [{ ...place(index, buckets.length, width), y: height - tall, height: tall }];
  });
}

/** A stack for each bucket that has alarms, the gravest lowest. */
export function alarmBars(buckets: readonly Bucket[], width: number, height: number): readonly AlarmBar[] {
  const top = niceTop(Math.max(0, ...buckets.map(({ alarms }) => sum(alarms))));
  return buckets.flatMap((bucket, index) => {
    let foot = height;
    return STACK.flatMap((severity) => {
      const count = bucket.alarms[String(severity)] ?? 0;
      if (count === 0) return [];
      const tall = Math.min(foot, Math.max(LEAST, (count / top) * height));
      foot -= tall;
      return [{ ...place(index, buckets.length, width), y: foot, height: tall, severity }];
    });
  });
}

/** Where a span lies in the chart, cut off at its edges; null if it does not. */
export function band(span: Span, whole: Span, width: number): { x: number; width: number } | null {
  const since = Math.max(span.since, whole.since);
  const until = Math.min(span.until, whole.until);
  if (until <= since) return null;
  const scale = width / (whole.until - whole.since);
  return { x: (since - whole.since) * scale, width: Math.max(LEAST_BAND, (until - since) * scale) };
}

export function overlap(one: Span, other: Span): boolean {
  return one.since < other.until && other.since < one.until;
}

/** Which buckets bear a label, so that labels stand at least `apart` pixels from one another. */
export function ticks(count: number, width: number, apart: number): readonly number[] {
  if (count === 0) return [];
  const most = Math.max(1, Math.floor(width / apart));
  const step = Math.max(1, Math.ceil(count / most));
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
}

/** The part that one bucket shows. */
export function bucketSpan(buckets: readonly Bucket[], index: number, stepS: number): Span | null {
  const bucket = buckets[index];
  if (bucket === undefined) return null;
  const since = Date.parse(bucket.at);
  return { since, until: since + stepS * 1000 };
}
