/** Markers that share a place, spread out around it until the user looks elsewhere. */
import type { LngLat } from "../gcj02";
import { MarkerPane, type MarkerSpec } from "../markerPane";
import { spiderOffsets } from "../spider";

const SPACING_PX = 38;
const MOST = 60;

export class Spider {
  private readonly pane: MarkerPane;
  private openKey: string | null = null;
  private again: (() => void) | null = null;

  constructor(map: L.Map) {
    this.pane = new MarkerPane(map, "spider", 660);
  }

  isOpen(key: string): boolean {
    return this.openKey === key;
  }

  get open(): boolean {
    return this.openKey !== null;
  }

  /** `members` says what is to be spread, again whenever something changed; at most `MOST` are. */
  show(key: string, at: LngLat, members: () => readonly MarkerSpec[]): void {
    this.again = () => {
      this.show(key, at, members);
    };
    const shown = members().slice(0, MOST);
    if (shown.length === 0) {
      this.close();
      return;
    }
    const offsets = spiderOffsets(shown.length, SPACING_PX);
    const legs = offsets.map(({ x, y }) => `<line x2="${x.toFixed(1)}" y2="${y.toFixed(1)}"/>`).join("");
    this.openKey = key;
    this.pane.draw([
      {
        key: "legs",
        at,
        className: "lm-legs",
        markup: `<svg width="1" height="1" aria-hidden="true">${legs}<circle r="22"/></svg>`,
        attributes: { "aria-hidden": "true" },
        order: 0,
      },
      ...shown.map((spec, index): MarkerSpec => {
        const offset = offsets[index] ?? { x: 0, y: 0 };
        return { ...spec, at, offset: [offset.x, offset.y], order: spec.order + 1 };
      }),
    ]);
  }

  refresh(): void {
    if (this.openKey !== null) this.again?.();
  }

  close(): void {
    if (this.openKey === null) return;
    this.again = null;
    this.openKey = null;
    this.pane.draw([]);
  }
}
