/** What the charts show, as ECharts takes it. Pure: colours and words come from outside. */
import type { EChartsCoreOption } from "echarts/core";
import type { ReportFigures, ReportLine, ReportInterval } from "./types";

export interface Colours {
  readonly text: string;
  readonly muted: string;
  readonly border: string;
  readonly strong: string;
  readonly middle: string;
  readonly weak: string;
}

export interface ChartLine {
  readonly name: string;
  readonly figures: ReportFigures;
}

/** So many lines are drawn; the table has all of them. */
export const MOST_BARS = 20;

export function minutes(seconds: number): number {
  return Math.round(seconds / 6) / 10;
}

/** Lines by their closed-in-time rate, those with nothing closed last; the table's ranking. */
export function ranked(lines: readonly ReportLine[]): ReadonlyMap<string, number> {
  const order = [...lines].sort(
    (a, b) =>
      (b.figures.rate ?? -1) - (a.figures.rate ?? -1) ||
      b.figures.closed - a.figures.closed ||
      a.key.localeCompare(b.key),
  );
  return new Map(
    order.filter((line) => line.figures.closed > 0).map((line, index) => [line.key, index + 1]),
  );
}

function frame(colours: Colours, names: readonly string[], least: number): EChartsCoreOption {
  const label = { color: colours.muted, fontSize: 12 };
  return {
    animation: false,
    textStyle: { color: colours.text, fontFamily: "inherit" },
    grid: { left: 8, right: 16, top: 36, bottom: 8, containLabel: true },
    legend: { top: 0, right: 16, textStyle: label, itemGap: 24, itemWidth: 12, itemHeight: 8, icon: "rect" },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, confine: true },
    xAxis: {
      type: "category",
      data: names,
      axisLabel: { ...label, interval: 0, hideOverlap: true, width: 88, overflow: "truncate" },
      axisLine: { lineStyle: { color: colours.border } },
      axisTick: { show: false },
    },
    yAxis: {
      type: "value",
      axisLabel: label,
      splitLine: { lineStyle: { color: colours.border } },
      minInterval: least,
    },
  };
}

/** Closed in time, closed late, not closed, stacked to what was reported. */
export function casesChart(
  lines: readonly ChartLine[],
  words: Readonly<Record<"inTime" | "late" | "pending", string>>,
  colours: Colours,
): EChartsCoreOption {
  const shown = lines.slice(0, MOST_BARS);
  const series = (name: string, color: string, value: (figures: ReportFigures) => number) => ({
    name,
    type: "bar",
    stack: "cases",
    barMaxWidth: 36,
    itemStyle: { color },
    data: shown.map((line) => value(line.figures)),
  });
  return {
    ...frame(
      colours,
      shown.map((line) => line.name),
      1,
    ),
    series: [
      series(words.inTime, colours.strong, (f) => f.closed_in_time),
      series(words.late, colours.middle, (f) => f.closed - f.closed_in_time),
      series(words.pending, colours.weak, (f) => f.reported - f.closed),
    ],
  };
}

/** P50 and P90 of an interval in minutes. */
export function timesChart(
  lines: readonly ChartLine[],
  interval: ReportInterval,
  colours: Colours,
): EChartsCoreOption {
  const shown = lines
    .slice(0, MOST_BARS)
    .filter((line) => line.figures.times[interval] !== undefined);
  const series = (name: "p50" | "p90", color: string) => ({
    name: name.toUpperCase(),
    type: "bar",
    barMaxWidth: 24,
    itemStyle: { color },
    data: shown.map((line) => minutes(line.figures.times[interval]?.[name] ?? 0)),
  });
  return {
    ...frame(
      colours,
      shown.map((line) => line.name),
      0,
    ),
    series: [series("p50", colours.strong), series("p90", colours.weak)],
  };
}
