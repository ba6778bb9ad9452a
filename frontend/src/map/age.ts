/** An age in its one leading unit; seconds matter to a dispatcher for two minutes, then minutes do. */
export interface Age {
  readonly unit: "now" | "s" | "min" | "h" | "d";
  readonly n: number;
}

/** `at` is ISO-8601; a moment in the future (a clock that is off) counts as now. */
export function ageOf(at: string, now: number): Age {
  const seconds = Math.floor((now - Date.parse(at)) / 1000);
  if (!(seconds >= 1)) return { unit: "now", n: 0 };
  if (seconds < 120) return { unit: "s", n: seconds };
  if (seconds < 120 * 60) return { unit: "min", n: Math.floor(seconds / 60) };
  if (seconds < 48 * 3600) return { unit: "h", n: Math.floor(seconds / 3600) };
  return { unit: "d", n: Math.floor(seconds / 86_400) };
}
