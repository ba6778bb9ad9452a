/** What the API answers about statistics. */
import type { components } from "@generated/api";

type Schemas = components["schemas"];

export type Report = Schemas["StatisticsReport"];
export type ReportLine = Schemas["StatisticsLine"];
export type ReportFigures = Schemas["StatisticsFigures"];
export type ReportBy = Schemas["GroupedBy"];
export type ReportInterval = Schemas["Interval"];
export type FigureDefinition = Schemas["FigureDefinition"];

export const REPORT_BYS = ["jurisdiction", "category", "unit", "month"] as const satisfies readonly ReportBy[];
export const INTERVALS = [
  "alarm_to_dispatch",
  "dispatch_to_acknowledge",
  "dispatch_to_scene",
  "report_to_close",
] as const satisfies readonly ReportInterval[];
