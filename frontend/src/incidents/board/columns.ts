/** The board's columns: one for each stage that a case passes through. Pure. */
import type { Incident, Stage } from "@/feed/types";

const PATH: readonly Stage[] = ["reported", "accepted", "dispatched", "in_progress", "handled", "verified", "closed"];
/** Beside the path: shown only while something stands there. */
const ASIDE: readonly Stage[] = ["suspended", "rejected"];

/** So many cards a column shows; the list has the rest. */
export const CARDS = 60;

export interface Column {
  readonly stage: Stage;
  readonly cards: readonly Incident[];
  readonly total: number;
}

/** `arranged` keeps its order within each column. */
export function columnsOf(arranged: readonly Incident[]): readonly Column[] {
  const byStage = new Map<Stage, Incident[]>();
  for (const incident of arranged) {
    const column = byStage.get(incident.stage);
    if (column === undefined) byStage.set(incident.stage, [incident]);
    else column.push(incident);
  }
  const stages = [...PATH, ...ASIDE.filter((stage) => byStage.has(stage))];
  return stages.map((stage) => {
    const cards = byStage.get(stage) ?? [];
    return { stage, cards: cards.slice(0, CARDS), total: cards.length };
  });
}

/** Where an arrow key leads from a card: to its neighbour, or to the nearest card of the next column that has any. */
export function neighbour(
  columns: readonly Column[],
  from: number,
  key: "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight",
): number | null {
  const x = columns.findIndex(({ cards }) => cards.some(({ id }) => id === from));
  const y = columns[x]?.cards.findIndex(({ id }) => id === from) ?? -1;
  if (x < 0) return null;
  if (key === "ArrowUp" || key === "ArrowDown") {
    return columns[x]?.cards[y + (key === "ArrowDown" ? 1 : -1)]?.id ?? null;
  }
  const step = key === "ArrowRight" ? 1 : -1;
  for (let at = x + step; at >= 0 && at < columns.length; at += step) {
    const cards = columns[at]?.cards ?? [];
    const card = cards[Math.min(y, cards.length - 1)];
    if (card !== undefined) return card.id;
  }
  return null;
}
