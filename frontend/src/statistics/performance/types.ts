/** What the API answers about alarm performance. */
import type { components } from "@generated/api";

type Schemas = components["schemas"];

export type Performance = Schemas["PerformanceReport"];
export type PerformanceFigure = Schemas["PerformanceFigure"];
export type PerformancePoint = Schemas["PerformancePoint"];
export type AcknowledgeTimes = Schemas["AcknowledgeTimes"];
