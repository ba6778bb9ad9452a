/** Plane geometry of areas in world pixels. A polygon is its outer ring followed by its holes. */
import type { WorldPoint } from "./mercator";

export type Ring = readonly WorldPoint[];
export type Polygon = readonly Ring[];

export interface Extent {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function extentOf(ring: Ring): Extent {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of ring) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  return { left, top, right, bottom };
}

/** Signed distance to the outline, positive inside; `stretch` scales x, see `labelAnchor`. */
function signedDistance(x: number, y: number, polygon: Polygon, stretch: number): number {
  let inside = false;
  let nearest = Infinity;
  for (const ring of polygon) {
    let before = ring[ring.length - 1];
    for (const point of ring) {
      if (before !== undefined) {
        const [ax, ay] = [before[0] * stretch, before[1]];
        const [bx, by] = [point[0] * stretch, point[1]];
        if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
        nearest = Math.min(nearest, squaredDistanceToSegment(x, y, ax, ay, bx, by));
      }
      before = point;
    }
  }
  return (inside ? 1 : -1) * Math.sqrt(nearest);
}

function squaredDistanceToSegment(
  x: number,
  y: number,
  ax: number,
  ay: number,
  bx: number,
  by: number,
): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length));
  return (x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2;
}

export function contains(polygon: Polygon, [x, y]: WorldPoint): boolean {
  return signedDistance(x, y, polygon, 1) >= 0;
}

/** Names are wider than high: with x squeezed by this the roomiest spot suits a line of text. */
const TEXT_SQUEEZE = 0.45;
const PRECISION = 1 / 60;

/**
 * The roomiest point for a line of text: the pole of inaccessibility (Mapbox's polylabel: split cells, drop those that
 * cannot beat the best found) of the polygon squeezed horizontally.
 */
export function labelAnchor(polygon: Polygon): WorldPoint | null {
  const outer = polygon[0];
  if (outer === undefined || outer.length < 3) return null;
  const extent = extentOf(outer);
  const [left, right] = [extent.left * TEXT_SQUEEZE, extent.right * TEXT_SQUEEZE];
  const size = Math.min(right - left, extent.bottom - extent.top);
  if (size <= 0) return null;

  const probe = (x: number, y: number, half: number): Cell => {
    const distance = signedDistance(x, y, polygon, TEXT_SQUEEZE);
    return { x, y, half, distance, most: distance + half * Math.SQRT2 };
  };
  let best = probe((left + right) / 2, (extent.top + extent.bottom) / 2, 0);
  let cells: Cell[] = [];
  for (let x = left; x < right; x += size) {
    for (let y = extent.top; y < extent.bottom; y += size)
      cells.push(probe(x + size / 2, y + size / 2, size / 2));
  }
  while (cells.length > 0) {
    for (const cell of cells) if (cell.distance > best.distance) best = cell;
    const worth = cells.filter((cell) => cell.most - best.distance > size * PRECISION);
    cells = worth.flatMap(({ x, y, half }) => {
      const h = half / 2;
      return [probe(x - h, y - h, h), probe(x + h, y - h, h), probe(x - h, y + h, h), probe(x + h, y + h, h)];
    });
  }
  return [best.x / TEXT_SQUEEZE, best.y];
}

interface Cell {
  readonly x: number;
  readonly y: number;
  readonly half: number;
  readonly distance: number;
  readonly most: number;
}
