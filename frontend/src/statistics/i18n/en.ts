/** The words of the statistics. */
import type zhHans from "./zh-Hans";

const en: typeof zhHans = {
  statistics: {
    title: "Statistics",
    period: "Period",
    month: "This month",
    lastMonth: "Last month",
    quarter: "Last three months",
    year: "This year",
    lastYear: "Last year",
    since: "From",
    until: "To",
    by: "By",
    byName: {
      jurisdiction: "jurisdiction",
      category: "category",
      unit: "unit",
      month: "month",
    },
    total: "Total",
    rank: "Rank",
    chart: {
      cases: "Incidents",
      times: "Time taken (minutes)",
      inTime: "Closed in time",
      late: "Closed late",
      pending: "Not closed",
    },
    minutes: "min",
    definitions: "What the figures mean",
    exportXlsx: "Export XLSX",
    exportCsv: "Export CSV",
    definitionsCsv: "Definitions CSV",
    definitionsTip: "What the columns mean, to go with the CSV; in XLSX it is a sheet of its own",
    print: "Print",
    emptyTitle: "No incidents in this period",
    emptyHint: "Choose another period, or a larger area at the top.",
    badPeriod: "The end cannot be before the beginning; three years at most.",
  },
};

export default en;
