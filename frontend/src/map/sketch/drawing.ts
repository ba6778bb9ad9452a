/** Drawing, step by step, and back. A pure function of the drawing so far and what the hand does. */
import { assertNever } from "@/ui/assertNever";
import type { LngLat } from "../gcj02";
import { FEWEST_CORNERS, NO_OUTLINE, pointsOf, rounded, type Circle, type Figure, type Outline, type Part } from "./figure";

/** Which corner of which ring of which part. */
export type Corner = readonly [part: number, ring: number, index: number];

export interface Limits {
  readonly points: number;
  readonly radius: number;
}

export interface Drawing {
  readonly figure: Figure;
  readonly past: readonly Figure[];
}

export type Step =
  | { readonly act: "place"; readonly at: LngLat }
  | { readonly act: "close" }
  /** Leaves an outline that is not closed. */
  | { readonly act: "abandon" }
  | { readonly act: "move"; readonly corner: Corner; readonly at: LngLat; readonly begins: boolean }
  | { readonly act: "split"; readonly corner: Corner; readonly at: LngLat }
  | { readonly act: "remove"; readonly corner: Corner }
  | { readonly act: "center"; readonly at: LngLat; readonly begins: boolean }
  | { readonly act: "radius"; readonly metres: number; readonly begins: boolean }
  | { readonly act: "take"; readonly figure: Figure }
  | { readonly act: "anew" }
  | { readonly act: "undo" };

const MOST_PAST = 100;
const USUAL_RADIUS_M = 500;

export function drawingOf(figure: Figure): Drawing {
  return { figure, past: [] };
}

function onto(drawing: Drawing, figure: Figure, begins = true): Drawing {
  if (figure === drawing.figure) return drawing;
  return { figure, past: begins ? [...drawing.past, drawing.figure].slice(-MOST_PAST) : drawing.past };
}

function withRing(outline: Outline, [part, ring]: Corner, change: (corners: readonly LngLat[]) => readonly LngLat[]): Outline {
  const parts = outline.parts.map((each, p) => (p === part ? each.map((corners, r) => (r === ring ? change(corners) : corners)) : each));
  return { ...outline, parts };
}

function placed(figure: Figure, at: LngLat, limits: Limits): Figure {
  if (figure.kind === "circle") return { ...figure, center: rounded(at), radius: figure.radius > 0 ? figure.radius : USUAL_RADIUS_M };
  if (!figure.open) return figure;
  const corners = figure.parts[0]?.[0] ?? [];
  const [next, last] = [rounded(at), corners.at(-1)];
  if (last !== undefined && last[0] === next[0] && last[1] === next[1]) return figure;
  if (figure.parts.length > 0 && pointsOf(figure) >= limits.points) return figure;
  return { ...figure, parts: [[[...corners, next]]] };
}

function closed(figure: Figure): Figure {
  if (figure.kind === "circle" || !figure.open) return figure;
  return (figure.parts[0]?.[0]?.length ?? 0) < FEWEST_CORNERS ? figure : { ...figure, open: false };
}

function split(outline: Outline, corner: Corner, at: LngLat, limits: Limits): Outline {
  if (pointsOf(outline) >= limits.points) return outline;
  return withRing(outline, corner, (corners) => corners.toSpliced(corner[2] + 1, 0, rounded(at)));
}

/** A hole that loses its third corner is filled; an outer ring keeps its three, unless it is still being drawn. */
function removed(outline: Outline, corner: Corner): Outline {
  const [part, ring, index] = corner;
  const corners = outline.parts[part]?.[ring] ?? [];
  if (outline.open) return corners.length === 1 ? NO_OUTLINE : withRing(outline, corner, (all) => all.toSpliced(index, 1));
  if (corners.length > FEWEST_CORNERS) return withRing(outline, corner, (all) => all.toSpliced(index, 1));
  if (ring > 0) return { ...outline, parts: outline.parts.map((each, p): Part => (p === part ? each.toSpliced(ring, 1) : each)) };
  return outline.parts.length > 1 ? { ...outline, parts: outline.parts.toSpliced(part, 1) } : outline;
}

function resized(circle: Circle, metres: number, limits: Limits): Circle {
  return { ...circle, radius: Math.max(1, Math.min(limits.radius, Math.round(metres))) };
}

/** What was there before the outline that is being drawn was begun; nothing, if nothing was. */
function abandoned(drawing: Drawing): Drawing {
  const { figure, past } = drawing;
  if (figure.kind === "circle" || !figure.open) return drawing;
  const before = past.findLastIndex((each) => each.kind === "circle" || !each.open);
  return onto(drawing, past[before] ?? NO_OUTLINE);
}

export function step(drawing: Drawing, how: Step, limits: Limits): Drawing {
  const { figure, past } = drawing;
  const outline = figure.kind === "outline" ? figure : null;
  const circle = figure.kind === "circle" ? figure : null;
  switch (how.act) {
    case "place":
      return onto(drawing, placed(figure, how.at, limits));
    case "close":
      return onto(drawing, closed(figure));
    case "abandon":
      return abandoned(drawing);
    case "move":
      return outline === null ? drawing : onto(drawing, withRing(outline, how.corner, (all) => all.with(how.corner[2], rounded(how.at))), how.begins);
    case "split":
      return outline === null ? drawing : onto(drawing, split(outline, how.corner, how.at, limits));
    case "remove":
      return outline === null ? drawing : onto(drawing, removed(outline, how.corner));
    case "center":
      return circle === null ? drawing : onto(drawing, { ...circle, center: rounded(how.at) }, how.begins);
    case "radius":
      return circle === null ? drawing : onto(drawing, resized(circle, how.metres, limits), how.begins);
    case "take":
      return onto(drawing, how.figure);
    case "anew":
      return onto(drawing, circle === null ? NO_OUTLINE : { ...circle, center: null });
    case "undo":
      return past.length === 0 ? drawing : { figure: past.at(-1) ?? figure, past: past.slice(0, -1) };
    default:
      return assertNever(how);
  }
}
