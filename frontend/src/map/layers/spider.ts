/** Markers that share a place, spread out around it until the user looks elsewhere. */
import type { LngLat } from "../gcj02";
import { MarkerPane, type MarkerSpec } from "../markerPane";
import { spiderOffsets } from "../spider";

const SPACING_PX = 38;
const MOST = 60;

export class Spider {
  private readonly pane: MarkerPane;
  private openKey: string | null = null;

  constructor(map: L.Map) {
    this.pane = new MarkerPane(map, "spider", 660);
  }

  isOpen(key: string): boolean {
    return this.openKey === key;
  }

  get open(): boolean {
    return this.openKey !== null;
  }

  /** `members` draws each member's marker at the common place; at most `MOST` are spread. */
  show(key: string, at: LngLat, members: readonly MarkerSpec[]): void {
    const shown = members.slice(0, MOST);
    const offsets = spiderOffsets(shown.length, SPACING_PX);
    const legs = offsets.map(({ x, y }) => `<line x2="${x.toFixed(1)}" y2="${y.toFixed(1)}"/>`).join("");
    this.openKey = key;
    this.pane.draw([
      {
        key: "legs",
        at,
        className: "lm-legs",
        markup: `<svg width="1" height="1" aria-hidden="true">${legs}<circle r="3"/></svg>`,
        attributes: { "aria-hidden": "true" },
        order: 0,
      },
      ...shown.map((spec, index): MarkerSpec => {
        const offset = offsets[index] ?? { x: 0, y: 0 };
        return { ...spec, at, offset: [offset.x, offset.y], order: spec.order + 1 };
      }),
    ]);
  }

  close(): void {
    if (this.openKey === null) return;
    this.openKey = null;
    this.pane.draw([]);
  }
}
