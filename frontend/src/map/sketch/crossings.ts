/** Where an outline crosses or touches itself, which no surface may. Planar in degrees, as the server looks at it. Pure. */
import type { LngLat } from "../gcj02";
import { ringsOf, type Outline, type Ring } from "./figure";

interface Edge {
  readonly from: LngLat;
  readonly to: LngLat;
  readonly ring: number;
  /** Its place in the ring, and how many the ring has. */
  readonly index: number;
  readonly count: number;
  readonly left: number;
  readonly right: number;
}

function edgesOf(ring: Ring, number: number, open: boolean): Edge[] {
  const corners = ring.filter((at, index) => {
    const before = ring[(index + ring.length - 1) % ring.length];
    return before === undefined || ring.length === 1 || before[0] !== at[0] || before[1] !== at[1];
  });
  const count = corners.length;
  return corners.slice(0, open ? -1 : undefined).map((from, index): Edge => {
    const to = corners[(index + 1) % count] ?? from;
    return { from, to, ring: number, index, count, left: Math.min(from[0], to[0]), right: Math.max(from[0], to[0]) };
  });
}

/** Positive if `c` lies left of the way from `a` to `b`. */
function side(a: LngLat, b: LngLat, c: LngLat): number {
  return Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
}

function between(a: LngLat, b: LngLat, c: LngLat): boolean {
  return (
    Math.min(a[0], b[0]) <= c[0] && c[0] <= Math.max(a[0], b[0]) && Math.min(a[1], b[1]) <= c[1] && c[1] <= Math.max(a[1], b[1])
  );
}

/** A point that both have, null if there is none. `touching`: ends that lie on the other count too. */
function meeting(one: Edge, other: Edge, touching: boolean): LngLat | null {
  const [a, b, c, d] = [one.from, one.to, other.from, other.to];
  const [sc, sd, sa, sb] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (sc * sd < 0 && sa * sb < 0) {
    const below = (b[0] - a[0]) * (d[1] - c[1]) - (b[1] - a[1]) * (d[0] - c[0]);
    const t = ((c[0] - a[0]) * (d[1] - c[1]) - (c[1] - a[1]) * (d[0] - c[0])) / below;
    return [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
  }
  if (!touching) return null;
  if (sc === 0 && between(a, b, c)) return c;
  if (sd === 0 && between(a, b, d)) return d;
  if (sa === 0 && between(c, d, a)) return a;
  return sb === 0 && between(c, d, b) ? b : null;
}

/** Two edges that follow one another may share their corner, but must not run back over each other. */
function foldedBack(first: Edge, second: Edge): LngLat | null {
  const [a, b, c] = [first.from, first.to, second.to];
  const forth = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]);
  return side(a, b, c) === 0 && forth < 0 ? b : null;
}

function conflict(one: Edge, other: Edge): LngLat | null {
  if (one.ring !== other.ring) return meeting(one, other, false);
  if ((one.index + 1) % one.count === other.index) return foldedBack(one, other);
  if ((other.index + 1) % one.count === one.index) return foldedBack(other, one);
  return meeting(one, other, true);
}

/** At most `most` of the places. Edges are gone through from west to east: only those side by side are compared. */
export function crossings(outline: Outline, most = 20): LngLat[] {
  const edges = ringsOf(outline)
    .flatMap((ring, number) => edgesOf(ring, number, outline.open))
    .sort((a, b) => a.left - b.left);
  const found: LngLat[] = [];
  let near: Edge[] = [];
  for (const edge of edges) {
    near = near.filter(({ right }) => right >= edge.left);
    for (const other of near) {
      const at = conflict(other, edge);
      if (at !== null && found.push(at) >= most) return found;
    }
    near.push(edge);
  }
  return found;
}
