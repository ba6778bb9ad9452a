/** An area as the form's texts and as a figure to draw; the one out of the other. Pure. */
import { NO_OUTLINE, readGeometry, toGeometry, type Figure } from "@/map/sketch/figure";
import { readJson } from "../jsonText";
import type { NodeForm } from "../tree";
import type { Node } from "../types";

type Texts = Pick<NodeForm["text"], "lat" | "lng" | "radius_m" | "polygon">;

function number(text: string, most: number): number | null {
  const value = Number(text);
  return text.trim() === "" || !Number.isFinite(value) || Math.abs(value) > most ? null : value;
}

function parsed(text: string): unknown {
  return text.trim() === "" || readJson(text).fault !== null ? null : (JSON.parse(text) as unknown);
}

/** What the texts do not say yet is not there yet: a circle without a centre, an outline without corners. */
export function figureOf(shape: NodeForm["shape"], text: Texts): Figure {
  if (shape === "polygon") return readGeometry(parsed(text.polygon)) ?? NO_OUTLINE;
  const [lat, lng] = [number(text.lat, 90), number(text.lng, 180)];
  return { kind: "circle", center: lat === null || lng === null ? null : [lng, lat], radius: Math.max(0, number(text.radius_m, Infinity) ?? 0) };
}

/** True if there is a text out of which no outline can be read. */
export function illegible(text: string): boolean {
  return text.trim() !== "" && readGeometry(parsed(text)) === null;
}

export function textsOf(figure: Figure): Partial<Texts> {
  if (figure.kind === "outline") {
    const geometry = toGeometry(figure);
    return { polygon: geometry === null ? "" : JSON.stringify(geometry) };
  }
  const { center, radius } = figure;
  return { lat: center === null ? "" : String(center[1]), lng: center === null ? "" : String(center[0]), ...(radius > 0 ? { radius_m: String(radius) } : {}) };
}

/** A stored condition's area; null if this build cannot draw it. */
export function figureOfNode(node: Node): Figure | null {
  const circle = node["circle"] as { lat?: unknown; lng?: unknown; radius_m?: unknown } | null | undefined;
  if (circle === null || circle === undefined) return readGeometry(node["polygon"]);
  const { lat, lng, radius_m: radius } = circle;
  return typeof lat === "number" && typeof lng === "number" && typeof radius === "number" ? { kind: "circle", center: [lng, lat], radius } : null;
}
