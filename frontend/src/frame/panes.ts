/** Widths of the side panes. Pure. */

export interface PaneSizes {
  readonly queue: number;
  readonly side: number;
}

/** The map keeps at least this much, in px. */
export const MAP_MIN = 360;
const WIDE_FROM = 2560;

export const LIMITS = {
  queue: { min: 280, max: 720 },
  side: { min: 300, max: 860 },
} as const;

export type Pane = keyof PaneSizes;

/** 340 and 400 px as designed; on a 4K desk the panes grow with the type. */
export function defaultSizes(viewport: number): PaneSizes {
  return viewport >= WIDE_FROM ? { queue: 460, side: 540 } : { queue: 340, side: 400 };
}

/** A pane's width that is allowed beside a neighbour of `other` px. */
export function clampSize(pane: Pane, width: number, other: number, viewport: number): number {
  const room = viewport - other - MAP_MIN;
  const { min, max } = LIMITS[pane];
  return Math.round(Math.max(min, Math.min(width, max, room)));
}
