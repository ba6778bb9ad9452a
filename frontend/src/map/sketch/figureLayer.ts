/** What is drawn, as lines and faint surfaces, styled by class; and where an outline crosses itself. */
import type { Projection } from "../crs";
import type { LngLat } from "../gcj02";
import { crossings } from "./crossings";
import { ringsOf, type Circle, type Figure, type Outline } from "./figure";
import { circleRing } from "./sphere";

const PANE = "lingdun-figures";

export class FigureLayer {
  private readonly renderer: L.Renderer;
  private layers: L.Layer[] = [];
  private figures: readonly Figure[] = [];
  private thread: L.Polyline | null = null;

  constructor(
    private readonly map: L.Map,
    private projection: Projection,
  ) {
    const pane = map.createPane(PANE);
    pane.style.zIndex = "440";
    pane.style.pointerEvents = "none";
    this.renderer = L.svg({ pane: PANE, padding: 0.5 });
  }

  setProjection(projection: Projection): void {
    this.projection = projection;
    this.draw(this.figures);
  }

  draw(figures: readonly Figure[]): void {
    this.figures = figures;
    for (const layer of this.layers) layer.remove();
    this.thread?.remove();
    this.thread = null;
    this.layers = figures.flatMap((figure) => this.layersOf(figure));
    for (const layer of this.layers) layer.addTo(this.map);
  }

  /** The line from the last corner to the pointer, and on to the first; none without a pointer. */
  spin(to: L.LatLng | null): void {
    const [figure] = this.figures;
    const ring = figure?.kind === "outline" && figure.open ? (figure.parts[0]?.[0] ?? []) : [];
    const [first, last] = [ring[0], ring.at(-1)];
    if (to === null || first === undefined || last === undefined) {
      this.thread?.remove();
      this.thread = null;
      return;
    }
    const line = [this.place(last), to, ...(ring.length > 1 ? [this.place(first)] : [])];
    if (this.thread === null) this.thread = L.polyline(line, this.look("ls-thread")).addTo(this.map);
    else this.thread.setLatLngs(line);
  }

  /** What the figures reach over, in the map's coordinate system; null without any. */
  bounds(): L.LatLngBounds | null {
    const bounds = L.latLngBounds([]);
    for (const figure of this.figures) for (const ring of ringsOver(figure)) for (const at of ring) bounds.extend(this.place(at));
    return bounds.isValid() ? bounds : null;
  }

  private layersOf(figure: Figure): L.Layer[] {
    if (figure.kind === "circle") return this.round(figure);
    const parts = figure.parts.map((part) => part.map((ring) => ring.map((at) => this.place(at))));
    const surface = L.polygon(parts, this.look(figure.open ? "ls-figure ls-figure--open" : "ls-figure"));
    const line = figure.open ? [L.polyline(parts[0]?.[0] ?? [], this.look("ls-line"))] : [];
    return [surface, ...line, ...this.crosses(figure)];
  }

  private round({ center, radius }: Circle): L.Layer[] {
    return center === null || radius <= 0 ? [] : [L.circle(this.place(center), { ...this.look("ls-figure"), radius })];
  }

  private crosses(outline: Outline): L.Layer[] {
    return crossings(outline).map((at) => L.circleMarker(this.place(at), { ...this.look("ls-crossing"), radius: 7 }));
  }

  private look(className: string): L.PolylineOptions {
    return { renderer: this.renderer, interactive: false, className, fillOpacity: 1, smoothFactor: 0 };
  }

  private place(at: LngLat): L.LatLng {
    const [lng, lat] = this.projection.toMap(at);
    return L.latLng(lat, lng);
  }
}

function ringsOver(figure: Figure): readonly (readonly LngLat[])[] {
  if (figure.kind === "outline") return ringsOf(figure);
  return figure.center === null || figure.radius <= 0 ? [] : [circleRing(figure.center, figure.radius)];
}
