/** Which handles a figure has: pure. `HandleLayer` puts them on the map. */
import type { LngLat } from "../gcj02";
import type { Corner } from "./drawing";
import type { Figure, Outline } from "./figure";
import { destination } from "./sphere";

export type Handle =
  | { readonly key: string; readonly kind: "corner"; readonly corner: Corner; readonly at: LngLat }
  | { readonly key: string; readonly kind: "middle"; readonly corner: Corner; readonly at: LngLat }
  | { readonly key: string; readonly kind: "center"; readonly at: LngLat }
  | { readonly key: string; readonly kind: "edge"; readonly at: LngLat };

/** More corners than this in view would hide what they are the corners of. */
export const MOST_CORNERS = 150;

export function keyOf(kind: "corner" | "middle", corner: Corner): string {
  return `${kind} ${corner.join(" ")}`;
}

function cornersIn(outline: Outline, seen: (at: LngLat) => boolean): Handle[] {
  return outline.parts.flatMap((part, p) =>
    part.flatMap((ring, r) =>
      ring.flatMap((at, index): Handle[] => {
        const corner: Corner = [p, r, index];
        return seen(at) ? [{ key: keyOf("corner", corner), kind: "corner", corner, at }] : [];
      }),
    ),
  );
}

/** In the middle of each edge that is long enough to bear one. */
function middles(outline: Outline, roomy: (from: LngLat, to: LngLat) => boolean, seen: (at: LngLat) => boolean): Handle[] {
  if (outline.open) return [];
  return outline.parts.flatMap((part, p) =>
    part.flatMap((ring, r) =>
      ring.flatMap((from, index): Handle[] => {
        const to = ring[(index + 1) % ring.length] ?? from;
        const at: LngLat = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
        const corner: Corner = [p, r, index];
        return seen(at) && roomy(from, to) ? [{ key: keyOf("middle", corner), kind: "middle", corner, at }] : [];
      }),
    ),
  );
}

/** Null: too many corners are in view. `turned`: where on the circle its handle sits, degrees clockwise from north. */
export function handlesOf(
  figure: Figure,
  seen: (at: LngLat) => boolean,
  roomy: (from: LngLat, to: LngLat) => boolean,
  turned: number,
): Handle[] | null {
  if (figure.kind === "circle") {
    const { center, radius } = figure;
    if (center === null) return [];
    const edge: Handle[] = radius > 0 ? [{ key: "edge", kind: "edge", at: destination(center, turned, radius) }] : [];
    return [{ key: "center", kind: "center", at: center }, ...edge];
  }
  const corners = cornersIn(figure, seen);
  return corners.length > MOST_CORNERS ? null : [...middles(figure, roomy, seen), ...corners];
}
