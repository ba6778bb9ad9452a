/** A small map to draw an area on, or to show one: the console's ground, with devices as dots. Without Vue. */
import { areaLabels } from "../layers/labelSources";
import { AreaLayer } from "../layers/areaLayer";
import { LabelLayer } from "../layers/labelLayer";
import type { Area } from "../areas";
import { Camera } from "../camera";
import type { MapConfig } from "../config";
import { createMap } from "../create";
import { projectionOf, type Projection } from "../crs";
import { FrameScheduler } from "../frame";
import type { MapPrefs } from "../prefs";
import { Tiles } from "../tiles";
import { DotLayer, type Dot } from "./dotLayer";
import { catcher, type Figure } from "./figure";
import { FigureLayer } from "./figureLayer";
import { HandleLayer, type HandleEvents, type HandleWords } from "./handleLayer";

type Part = "ground" | "figures" | "dots" | "labels";
/** A click this near to the last corner is the second half of a double click. */
const SAME_PX = 5;
const LEAST_PX = 64;

export class SketchMap {
  private readonly map: L.Map;
  private readonly camera: Camera;
  private readonly tiles: Tiles;
  private readonly areas: AreaLayer;
  private readonly labels: LabelLayer;
  private readonly dots: DotLayer;
  private readonly drawn: FigureLayer;
  private readonly handles: HandleLayer | null;
  private readonly hand: HandleEvents | null;
  private readonly resizes: ResizeObserver;
  private readonly frames = new FrameScheduler<Part>((parts) => {
    this.draw(parts);
  });
  private projection: Projection = projectionOf("WGS84");
  private figures: readonly Figure[] = [];
  private config: MapConfig | null = null;
  private scope: string | null = null;

  /** Without `hand` it is only to be looked at. */
  constructor(
    container: HTMLElement,
    words: HandleWords,
    hand: HandleEvents | null,
    tilesFailed: (name: string | null) => void,
  ) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map = createMap(container, calm);
    this.camera = new Camera(this.map, calm);
    this.tiles = new Tiles(this.map, tilesFailed);
    this.areas = new AreaLayer(this.map, this.projection);
    this.labels = new LabelLayer(this.map);
    this.dots = new DotLayer(this.map, this.projection);
    this.drawn = new FigureLayer(this.map, this.projection);
    this.hand = hand === null ? null : { ...hand, step: (how) => { this.camera.moved = true; hand.step(how); } };
    this.handles = this.hand === null ? null : new HandleLayer(this.map, this.projection, words, this.hand);
    this.listen(container);
    this.resizes = new ResizeObserver(() => {
      this.labels.readFont();
      this.map.invalidateSize({ pan: false, animate: false });
      this.homeUnlessMoved();
      this.redraw();
    });
    this.resizes.observe(container);
  }

  destroy(): void {
    this.resizes.disconnect();
    this.frames.stop();
    this.map.remove();
  }

  setConfig(config: MapConfig, prefs: MapPrefs): void {
    this.config = config;
    this.map.setMaxZoom(config.max_zoom);
    this.tiles.setConfig(config);
    const projection = projectionOf(this.tiles.show(prefs.base, prefs.overlays));
    if (projection.crs !== this.projection.crs) {
      this.projection = projection;
      for (const layer of [this.areas, this.dots, this.drawn, this.handles]) layer?.setProjection(projection);
      this.camera.moved = false;
    }
    this.homeUnlessMoved();
    this.redraw();
  }

  setAreas(areas: readonly Area[]): void {
    this.areas.setAreas(areas);
    this.homeUnlessMoved();
    this.redraw();
  }

  setScope(code: string | null): void {
    this.scope = code;
    this.areas.setMarks(code, null);
    this.homeUnlessMoved();
    this.redraw();
  }

  setDots(dots: readonly Dot[]): void {
    this.dots.setDots(dots);
    this.frames.mark("dots");
  }

  /** Handles follow at once, so that the hand never waits for a frame. */
  setFigures(figures: readonly Figure[]): void {
    const before = this.figures.length;
    this.figures = figures;
    const [figure] = figures;
    this.map.getContainer().classList.toggle("ls-placing", this.placing());
    if (figure !== undefined) this.handles?.draw(figure);
    this.drawn.draw(figures);
    if (before === 0) this.homeUnlessMoved();
    this.frames.mark("dots");
  }

  setWords(words: HandleWords): void {
    this.handles?.setWords(words);
  }

  restyle(): void {
    this.dots.forgetLooks();
    this.frames.mark("dots");
  }

  zoomBy(steps: number): void {
    this.camera.zoomBy(steps);
  }

  /** What is drawn, else the scope, else all that is known. */
  home(): void {
    const bounds = this.drawn.bounds()?.pad(0.15) ?? (this.scope === null ? null : this.areas.bounds(this.scope)) ?? this.areas.allBounds();
    if (bounds !== null) this.camera.rest(bounds);
    else if (this.config?.center) this.map.setView([...this.config.center], this.config.zoom ?? 11, { animate: false });
  }

  /** Brings what is drawn into view if none of it is, or if it is too small to take hold of. */
  reveal(): void {
    const bounds = this.drawn.bounds();
    if (bounds === null) return;
    const [low, high] = [bounds.getSouthWest(), bounds.getNorthEast()].map((end) => this.map.latLngToContainerPoint(end));
    const small = low !== undefined && high !== undefined && low.distanceTo(high) < LEAST_PX;
    if (small || !this.map.getBounds().intersects(bounds)) this.home();
  }

  private homeUnlessMoved(): void {
    if (!this.camera.moved) this.home();
  }

  private placing(): boolean {
    const [figure] = this.figures;
    return this.hand !== null && (figure?.kind === "circle" || figure?.open === true);
  }

  private listen(container: HTMLElement): void {
    this.map.on("moveend zoomend", () => {
      this.frames.mark("ground", "labels");
    });
    this.map.on("dragstart", () => {
      this.camera.moved = true;
    });
    // The page scrolls by wheel; the map only once it has been taken up.
    this.map.scrollWheelZoom.disable();
    container.addEventListener("focusin", () => this.map.scrollWheelZoom.enable());
    container.addEventListener("focusout", () => this.map.scrollWheelZoom.disable());
    container.addEventListener("wheel", () => { if (this.map.scrollWheelZoom.enabled()) this.camera.moved = true; }, { passive: true });
    if (this.hand === null) return;
    this.map.doubleClickZoom.disable();
    this.map.on("click", ({ latlng }: L.LeafletMouseEvent) => {
      this.place(latlng);
    });
    this.map.on("dblclick", () => this.hand?.step({ act: "close" }));
    this.map.on("mousemove", ({ latlng }: L.LeafletMouseEvent) => {
      if (this.placing()) this.drawn.spin(latlng);
    });
    this.map.on("mouseout", () => {
      this.drawn.spin(null);
    });
    container.addEventListener("keydown", this.onKey);
  }

  private place(latlng: L.LatLng): void {
    const [figure] = this.figures;
    if (!this.placing() || figure === undefined) return;
    const last = figure.kind === "outline" ? figure.parts[0]?.[0]?.at(-1) : undefined;
    if (last !== undefined) {
      const [lng, lat] = this.projection.toMap(last);
      if (this.map.latLngToContainerPoint([lat, lng]).distanceTo(this.map.latLngToContainerPoint(latlng)) < SAME_PX) return;
    }
    this.hand?.step({ act: "place", at: this.projection.toWgs84([latlng.lng, latlng.lat]) });
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.altKey || !this.handleKey(event)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  private handleKey({ key, ctrlKey, metaKey }: KeyboardEvent): boolean {
    const [figure] = this.figures;
    const open = figure?.kind === "outline" && figure.open;
    const begun = open && figure.parts.length > 0;
    if (ctrlKey || metaKey) {
      if (key.toLowerCase() !== "z") return false;
      this.hand?.step({ act: "undo" });
    } else if (key === " " && this.placing()) this.place(this.map.getCenter());
    else if (key === "0") this.home();
    else if (key === "Enter") this.hand?.step({ act: "close" });
    else if (key === "Backspace" && begun) this.hand?.step({ act: "undo" });
    else if (key === "Escape" && begun) this.hand?.step({ act: "abandon" });
    else return false;
    return true;
  }

  private redraw(): void {
    this.frames.mark("ground", "figures", "dots", "labels");
  }

  private draw(parts: ReadonlySet<Part>): void {
    if (parts.has("ground")) this.areas.update();
    if (parts.has("figures")) this.drawn.draw(this.figures);
    if (parts.has("dots")) {
      const catchers = this.figures.map(catcher);
      this.dots.mark((point) => catchers.some((catches) => catches(point)));
    }
    if (parts.has("labels")) this.labels.draw(areaLabels(this.areas, 2 ** this.map.getZoom(), this.scope), { hard: [], soft: [] }, this.map.getZoom());
  }
}
