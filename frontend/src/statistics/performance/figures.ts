/** How the figures of alarm performance are told and drawn. Pure: colours and words come from outside. */
import type { EChartsCoreOption } from "echarts/core";
import type { Colours } from "../charts";
import { brief, pad } from "@/ui/time";
import type { PerformanceFigure, PerformancePoint } from "./types";

const SHARES: ReadonlySet<string> = new Set(["watched", "over", "flood", "worst"]);
const WINDOW_S = 600;
/** Above this for one operator in ten minutes there is a flood (EEMUA 191). */
const FLOOD = 10;

export function percent(share: number | null): string {
  return share === null ? "–" : `${(100 * share).toFixed(1)} %`;
}

/** Seconds as 2:13, or 1:02:13 from an hour on. */
export function duration(seconds: number): string {
  const [minutes, rest] = [Math.floor(seconds / 60), pad(seconds % 60)];
  return minutes < 60 ? `${String(minutes)}:${rest}` : `${String(Math.floor(minutes / 60))}:${pad(minutes % 60)}:${rest}`;
}

/** A number as told here: whole ones whole, others with two places. */
function number(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString("en") : value.toFixed(2);
}

function told(key: string, value: number, age: (ms: number) => string): string {
  if (SHARES.has(key)) return percent(value);
  return key === "longest_flood" ? age(value * 1000) : number(value);
}

export function shown(figure: PerformanceFigure, age: (ms: number) => string): string {
  return figure.value === null ? "–" : told(figure.key, figure.value, age);
}

/** What it ought not to exceed, as its value is told; null for a figure that is no measure of quality. */
export function limitOf(figure: PerformanceFigure, age: (ms: number) => string): string | null {
  return figure.limit === null ? null : SHARES.has(figure.key) ? `${String(Math.round(100 * figure.limit))} %` : told(figure.key, figure.limit, age);
}

/** Whether a figure is as it ought to be; null where nothing is said about that. */
export function withinLimit({ value, limit }: PerformanceFigure): boolean | null {
  return value === null || limit === null ? null : value <= limit;
}

/** The alarm rate over the period: the peak of each point as a bar, the average as a line, the flood's bound. */
export function rateChart(
  points: readonly PerformancePoint[],
  step: number,
  words: Readonly<Record<"average" | "peak" | "flood", string>>,
  colours: Colours,
): EChartsCoreOption {
  const label = { color: colours.muted, fontSize: 12 };
  const round = (value: number): number => Math.round(100 * value) / 100;
  const busiest = Math.max(0, ...points.map((point) => point.peak));
  const bars = {
    name: words.peak,
    type: "bar",
    barMaxWidth: 24,
    itemStyle: { color: colours.weak },
    data: points.map((point) => round(point.peak)),
    ...(busiest > FLOOD / 2
      ? {
          markLine: {
            silent: true,
            symbol: "none",
            data: [{ yAxis: FLOOD }],
            lineStyle: { color: colours.text, type: "dashed" },
            label: { ...label, formatter: words.flood, position: "insideStartTop" },
          },
        }
      : {}),
  };
  const line = {
    name: words.average,
    type: "line",
    symbol: "none",
    lineStyle: { color: colours.strong, width: 2 },
    itemStyle: { color: colours.strong },
    data: points.map((point) => round(point.average)),
  };
  return {
    animation: false,
    textStyle: { color: colours.text, fontFamily: "inherit" },
    grid: { left: 8, right: 16, top: 36, bottom: 8, containLabel: true },
    legend: { top: 0, right: 16, textStyle: label, itemGap: 24, itemWidth: 12, itemHeight: 8, icon: "rect" },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, confine: true },
    xAxis: {
      type: "category",
      data: points.map((point) => brief(point.at, 0)),
      axisLabel: { ...label, hideOverlap: true },
      axisLine: { lineStyle: { color: colours.border } },
      axisTick: { show: false },
    },
    yAxis: { type: "value", axisLabel: label, splitLine: { lineStyle: { color: colours.border } } },
    series: step > WINDOW_S ? [bars, line] : [bars],
  };
}
