/** Names of areas, units and, close up, devices: measured, laid out, drawn. */
import { layoutLabels, type LabelRequest, type Obstacles } from "../labels";
import { MarkerPane, type MarkerSpec } from "../markerPane";
import { fromWorld } from "../mercator";
import { SpecCache } from "./specs";

export interface Label extends Omit<LabelRequest, "width" | "height" | "places"> {
  readonly text: readonly string[];
  readonly className: string;
  /** Given the measured size, the places to try in world pixels at the zoom. */
  readonly placesFor: (width: number, height: number) => readonly (readonly [number, number])[];
}

const PADDING_PX = 3;

export class LabelLayer {
  private readonly pane: MarkerPane;
  private readonly cache = new SpecCache();
  private readonly widths = new Map<string, number>();
  private previous = new Map<string, number>();
  private zoom: number | null = null;
  private font = "";
  private readonly ink: CanvasRenderingContext2D | null;

  constructor(private readonly map: L.Map) {
    // Over the devices' pane, so that a name next to a cluster stays legible, and under the alarms.
    this.pane = new MarkerPane(map, "labels", 620);
    this.ink = document.createElement("canvas").getContext("2d");
  }

  draw(labels: readonly Label[], obstacles: Obstacles, zoom: number): void {
    if (this.font === "") this.readFont();
    const size = parseFloat(this.font) || 13;
    const height = Math.round(size * 1.3);
    if (zoom !== this.zoom) this.previous.clear();
    this.zoom = zoom;
    const byId = new Map(labels.map((label) => [label.id, label]));
    const requests = labels.flatMap((label): LabelRequest[] => {
      const width = this.measure(label.text.join(" ")) + 2 * PADDING_PX;
      const places = label.placesFor(width, height);
      return places.length === 0 ? [] : [{ ...label, width, height, places }];
    });
    const placed = layoutLabels(requests, obstacles, this.previous);
    this.previous = new Map(placed.map(({ id, place }) => [id, place]));
    const scale = 2 ** zoom;
    const specs = placed.flatMap(({ id, x, y }): MarkerSpec[] => {
      const label = byId.get(id);
      if (label === undefined) return [];
      const make = (): MarkerSpec => ({
        key: id,
        at: fromWorld([x / scale, y / scale]),
        className: `lm-label ${label.className}`,
        markup: label.text.map(() => "<span data-text></span>").join(""),
        text: label.text,
        attributes: { "aria-hidden": "true" },
        order: 0,
      });
      return [this.cache.get(id, [x, y, zoom, label.className, ...label.text], make)];
    });
    this.pane.draw(specs);
    this.cache.prune(specs);
  }

  private measure(text: string): number {
    const known = this.widths.get(text);
    if (known !== undefined) return known;
    if (this.widths.size > 5000) this.widths.clear();
    const width = Math.ceil(this.ink?.measureText(text).width ?? text.length * 13);
    this.widths.set(text, width);
    return width;
  }

  /** The type may have changed with the size of the window. Asking for styles is not free, so not at every drawing. */
  readFont(): void {
    const style = getComputedStyle(this.map.getContainer());
    const font = `${style.fontSize} ${style.fontFamily}`;
    if (font === this.font) return;
    this.font = font;
    this.widths.clear();
    if (this.ink !== null) this.ink.font = font;
  }
}
