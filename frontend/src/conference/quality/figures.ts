/** The figures of lines as a table shows and sorts them. Pure. */
import type { components } from "@generated/api";

type Schemas = components["schemas"];
export type LineFigures = Schemas["LineFigures"];
export type QualityReport = Schemas["QualityReport"];
export type Site = QualityReport["sites"][number];

export const COLUMNS = [
  "trouble",
  "conferences",
  "join_p50_ms",
  "join_p95_ms",
  "loss",
  "sent_loss",
  "freezes_per_hour",
  "height",
  "sent_height",
  "round_trip_ms",
  "relay",
  "tcp",
  "minutes",
] as const;
export type Column = (typeof COLUMNS)[number];
/** Of these little is bad. */
const MORE_IS_BETTER: readonly Column[] = ["conferences", "height", "sent_height", "minutes"];

/** The worst first, or with `best` the other way round; what is not known comes last either way. */
export function sorted<Row extends { readonly figures: LineFigures }>(rows: readonly Row[], by: Column, best: boolean): readonly Row[] {
  const sign = MORE_IS_BETTER.includes(by) !== best ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [left, right] = [a.figures[by], b.figures[by]];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return sign * (left - right);
  });
}

/** A figure as it is read: seconds, shares in percent, lines, milliseconds. */
export function told(figures: LineFigures, column: Column): string {
  const value = figures[column];
  if (value === null) return "–";
  switch (column) {
    case "join_p50_ms":
    case "join_p95_ms":
      return `${(value / 1000).toFixed(1)} s`;
    case "loss":
    case "sent_loss":
    case "relay":
    case "tcp":
      return percent(value);
    case "freezes_per_hour":
      return value < 10 ? value.toFixed(1) : String(Math.round(value));
    case "height":
    case "sent_height":
      return `${String(value)}p`;
    case "round_trip_ms":
      return `${String(value)} ms`;
    case "minutes":
      return `${String(Math.round(value))} min`;
    case "trouble":
    case "conferences":
      return String(value);
  }
}

export function percent(share: number): string {
  const value = 100 * share;
  return value === 0 ? "0 %" : `${value < 10 ? value.toFixed(1) : String(Math.round(value))} %`;
}
