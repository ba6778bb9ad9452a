/** How far the view has to move so that a place is well inside it. Pixels, container coordinates. */
export interface Size {
  readonly x: number;
  readonly y: number;
}

/** Space that controls take at the edges, plus room to see what is around the place. */
const COMFORT = 0.14;
const MIN_COMFORT_PX = 64;

/** False when the place is well inside the view: selecting what one already sees moves nothing. */
export function needsPan(point: Size, view: Size): boolean {
  const marginX = Math.min(Math.max(view.x * COMFORT, MIN_COMFORT_PX), view.x / 3);
  const marginY = Math.min(Math.max(view.y * COMFORT, MIN_COMFORT_PX), view.y / 3);
  return point.x < marginX || point.y < marginY || point.x > view.x - marginX || point.y > view.y - marginY;
}
