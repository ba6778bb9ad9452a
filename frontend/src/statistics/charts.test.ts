import { describe, expect, it } from "vitest";
import { casesChart, type Colours, minutes, ranked, timesChart } from "./charts";
import { isPeriod, periodOf } from "./periods";
import type { ReportFigures, ReportLine } from "./types";

const colours: Colours = {
  text: "t",
  muted: "m",
  border: "b",
  strong: "s",
  middle: "d",
  weak: "w",
};

function figures(change: Partial<ReportFigures>): ReportFigures {
  return {
    reported: 0,
    accepted: 0,
    rejected: 0,
    closed: 0,
    closed_in_time: 0,
    rate: null,
    returned: 0,
    reopened: 0,
    declined: 0,
    overdue: 0,
    supervised: 0,
    scored: 0,
    evaluation: null,
    called_back: 0,
    satisfaction: null,
    times: {},
    ...change,
  };
}

function line(key: string, change: Partial<ReportFigures>): ReportLine {
  return { key, name: key, name_en: key, figures: figures(change) };
}

describe("ranks", () => {
  it("ranks by the rate, then by how much was closed, and leaves out who closed nothing", () => {
    const ranks = ranked([
      line("a", { closed: 2, rate: 0.5 }),
      line("b", { closed: 10, rate: 1 }),
      line("c", { closed: 3, rate: 1 }),
      line("d", { reported: 5 }),
    ]);
    expect([...ranks]).toEqual([
      ["b", 1],
      ["c", 2],
      ["a", 3],
    ]);
  });
});

describe("charts", () => {
  it("stacks the cases to what was reported", () => {
    const shown = casesChart(
      [{ name: "x", figures: figures({ reported: 10, closed: 6, closed_in_time: 4 }) }],
      { inTime: "1", late: "2", pending: "3" },
      colours,
    ) as { series: { data: number[] }[] };
    expect(shown.series.map((one) => one.data[0])).toEqual([4, 2, 4]);
  });

  it("tells times in minutes, of the lines that have any", () => {
    const times = { alarm_to_dispatch: { count: 1, p50: 90, p90: 300 } };
    const shown = timesChart(
      [
        { name: "x", figures: figures({ times }) },
        { name: "y", figures: figures({}) },
      ],
      "alarm_to_dispatch",
      colours,
    ) as { series: { data: number[] }[]; xAxis: { data: string[] } };
    expect(shown.xAxis.data).toEqual(["x"]);
    expect(shown.series.map((one) => one.data)).toEqual([[1.5], [5]]);
    expect(minutes(61)).toBe(1);
  });
});

describe("periods", () => {
  it("knows the ends of months and years", () => {
    expect(periodOf("lastMonth", "2026-03-31")).toEqual({ since: "2026-02-01", until: "2026-02-28" });
    expect(periodOf("quarter", "2026-01-05")).toEqual({ since: "2025-11-01", until: "2026-01-05" });
    expect(periodOf("lastYear", "2026-01-05")).toEqual({ since: "2025-01-01", until: "2025-12-31" });
  });

  it("refuses what is backwards or longer than three years", () => {
    expect(isPeriod({ since: "2026-02-02", until: "2026-02-01" })).toBe(false);
    expect(isPeriod({ since: "2020-01-01", until: "2026-02-01" })).toBe(false);
    expect(isPeriod({ since: "2026-02-01", until: "2026-02-01" })).toBe(true);
  });
});
