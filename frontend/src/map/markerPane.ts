/**
 * A pane of markers that are plain elements, pooled and changed in place.
 *
 * Leaflet's own markers are objects with a dozen listeners each and are made and destroyed as they come and go. Here a
 * layer says what is to be seen, and only the difference touches the document: elements are kept by key, left alone
 * while their spec is the same, and reused for others when they go. While the map pans nothing runs at all, the pane
 * moves as a whole; while it zooms the elements take part in Leaflet's animation.
 */
import type { LngLat } from "./gcj02";

export interface MarkerSpec {
  readonly key: string;
  /** In the map's coordinate system. */
  readonly at: LngLat;
  /** Pixels away from the place, for markers that are spread out or stand beside it. */
  readonly offset?: readonly [x: number, y: number] | undefined;
  readonly className: string;
  /** Markup from `icons.ts` only; what the feed says goes into `text` and `attributes`. */
  readonly markup: string;
  /** Texts for the elements marked `data-text` in the markup, in their order. */
  readonly text?: readonly string[] | undefined;
  readonly attributes: Readonly<Record<string, string>>;
  readonly order: number;
}

interface Shown {
  readonly element: HTMLElement;
  spec: MarkerSpec;
}

const POOL_LIMIT = 300;

export class MarkerPane {
  readonly pane: HTMLElement;
  private readonly shown = new Map<string, Shown>();
  private readonly pool: HTMLElement[] = [];

  constructor(
    private readonly map: L.Map,
    name: string,
    zIndex: number,
  ) {
    this.pane = map.createPane(`lingdun-${name}`);
    this.pane.style.zIndex = String(zIndex);
    this.pane.classList.add("lm-pane", `lm-pane--${name}`);
    map.on("zoomanim", this.onZoomAnimation, this);
    map.on("zoom viewreset", this.placeAll, this);
  }

  destroy(): void {
    this.map.off("zoomanim", this.onZoomAnimation, this);
    this.map.off("zoom viewreset", this.placeAll, this);
    this.pane.remove();
  }

  get size(): number {
    return this.shown.size;
  }

  element(key: string): HTMLElement | null {
    return this.shown.get(key)?.element ?? null;
  }

  spec(key: string): MarkerSpec | null {
    return this.shown.get(key)?.spec ?? null;
  }

  /** Makes the pane show exactly these. */
  draw(specs: readonly MarkerSpec[]): void {
    const wanted = new Set<string>();
    for (const spec of specs) wanted.add(spec.key);
    for (const [key, { element }] of this.shown) {
      if (wanted.has(key)) continue;
      this.shown.delete(key);
      element.remove();
      if (this.pool.length < POOL_LIMIT) this.pool.push(element);
    }
    const arriving = document.createDocumentFragment();
    for (const spec of specs) {
      const known = this.shown.get(spec.key);
      if (known === undefined) {
        const element = this.pool.pop() ?? document.createElement("div");
        this.shown.set(spec.key, { element, spec });
        write(element, spec);
        this.place(element, spec);
        arriving.append(element);
      } else if (known.spec !== spec) {
        const moved = known.spec.at !== spec.at || known.spec.offset !== spec.offset;
        known.spec = spec;
        write(known.element, spec);
        if (moved) this.place(known.element, spec);
      }
    }
    if (arriving.childNodes.length > 0) this.pane.append(arriving);
  }

  private place(element: HTMLElement, spec: MarkerSpec): void {
    moveTo(element, this.map.latLngToLayerPoint([spec.at[1], spec.at[0]]), spec);
  }

  private placeAll(): void {
    for (const { element, spec } of this.shown.values()) this.place(element, spec);
  }

  private onZoomAnimation(event: L.ZoomAnimEvent): void {
    const map = this.map as L.Map & {
      _latLngToNewLayerPoint(at: L.LatLng, zoom: number, center: L.LatLng): L.Point;
    };
    for (const { element, spec } of this.shown.values()) {
      const at = L.latLng(spec.at[1], spec.at[0]);
      moveTo(element, map._latLngToNewLayerPoint(at, event.zoom, event.center), spec);
    }
  }
}

/** A flat transform: `translate3d` would give each of hundreds of markers a layer of its own to compose. */
function moveTo(element: HTMLElement, point: L.Point, spec: MarkerSpec): void {
  const [dx, dy] = spec.offset ?? [0, 0];
  element.style.transform = `translate(${Math.round(point.x + dx)}px,${Math.round(point.y + dy)}px)`;
}

const markupOf = new WeakMap<HTMLElement, string>();

function write(element: HTMLElement, spec: MarkerSpec): void {
  if (markupOf.get(element) !== spec.markup) {
    element.innerHTML = spec.markup;
    markupOf.set(element, spec.markup);
  }
  const className = `lm-marker leaflet-zoom-animated ${spec.className}`;
  if (element.className !== className) element.className = className;
  if (spec.text !== undefined) {
    element.querySelectorAll("[data-text]").forEach((slot, index) => {
      const text = spec.text?.[index] ?? "";
      if (slot.textContent !== text) slot.textContent = text;
    });
  }
  const order = String(spec.order);
  if (element.style.zIndex !== order) element.style.zIndex = order;
  for (const name of element.getAttributeNames()) {
    if (name !== "class" && name !== "style" && !(name in spec.attributes)) element.removeAttribute(name);
  }
  for (const [name, value] of Object.entries(spec.attributes)) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
}
