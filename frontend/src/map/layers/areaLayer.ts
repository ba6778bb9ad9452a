/** Jurisdictions as thin lines, styled by class so that a change of theme costs nothing. */
import type { JurisdictionLevel } from "@/feed/types";

import { areaAt, drawArea, visibleLevels, type Area, type DrawnArea } from "../areas";
import type { Projection } from "../crs";
import type { LngLat } from "../gcj02";
import { fromWorld, toWorld } from "../mercator";

interface Shape {
  readonly drawn: DrawnArea;
  readonly path: L.Polygon;
}

export class AreaLayer {
  private areas: readonly Area[] = [];
  private shapes: Shape[] = [];
  /** The ground: the topmost areas, filled, under every line. */
  private land: L.Polygon[] = [];
  private drawnAreas: DrawnArea[] = [];
  private levels = new Set<JurisdictionLevel>();
  private readonly renderer: L.Renderer;
  private visible = true;
  private scope: string | null = null;
  private selected: string | null = null;
  private hovered: string | null = null;

  constructor(
    private readonly map: L.Map,
    private projection: Projection,
  ) {
    map.createPane("lingdun-areas").style.zIndex = "400";
    this.renderer = L.svg({ pane: "lingdun-areas", padding: 0.4 });
  }

  setAreas(areas: readonly Area[]): void {
    this.areas = areas;
    this.rebuild();
  }

  setProjection(projection: Projection): void {
    this.projection = projection;
    this.rebuild();
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
    this.levels = new Set(["grid"]); // not a possible state: forces the next update
    this.update();
  }

  setMarks(scope: string | null, selected: string | null): void {
    this.scope = scope;
    this.selected = selected;
    this.restyle();
  }

  /** True if the hovered area is another one now. */
  setHovered(code: string | null): boolean {
    if (this.hovered === code) return false;
    this.hovered = code;
    this.restyle();
    return true;
  }

  /** Shows the levels that are legible at the map's zoom. */
  update(): void {
    const levels = this.visible
      ? visibleLevels(this.drawnAreas, 2 ** this.map.getZoom())
      : new Set<JurisdictionLevel>();
    if (levels.size === this.levels.size && [...levels].every((level) => this.levels.has(level))) return;
    this.levels = levels;
    // A township's line runs along those of its villages: the wider area goes on top.
    for (const { drawn, path } of this.shapes.toReversed()) {
      path.remove();
      if (levels.has(drawn.area.level)) path.addTo(this.map);
    }
    this.restyle();
  }

  /** The areas whose names may be shown now: a city's goes when those of its townships come. */
  named(): DrawnArea[] {
    const finer = this.levels.has("township");
    return this.drawnAreas.filter(
      ({ area: { level } }) =>
        this.levels.has(level) && !(finer && (level === "city" || level === "prefecture")),
    );
  }

  at(position: LngLat): Area | null {
    return areaAt(this.drawnAreas, this.levels, toWorld(position));
  }

  bounds(code: string): L.LatLngBounds | null {
    const found = this.drawnAreas.find(({ area }) => area.code === code);
    return found === undefined ? null : boundsOf([found]);
  }

  allBounds(): L.LatLngBounds | null {
    return this.drawnAreas.length === 0 ? null : boundsOf(this.drawnAreas);
  }

  private rebuild(): void {
    for (const path of [...this.land, ...this.shapes.map((shape) => shape.path)]) path.remove();
    this.drawnAreas = this.areas
      .map((area) => drawArea(area, this.projection))
      .filter((drawn): drawn is DrawnArea => drawn !== null)
      .sort((a, b) => a.area.code.length - b.area.code.length || (a.area.code < b.area.code ? -1 : 1));
    const top = this.drawnAreas[0]?.area.level;
    this.land = this.drawnAreas
      .filter(({ area }) => area.level === top)
      .map((drawn) => this.shape(drawn, "lm-land").addTo(this.map));
    this.shapes = this.drawnAreas.map((drawn) => ({
      drawn,
      path: this.shape(drawn, `lm-area lm-area--${drawn.area.level}`),
    }));
    this.levels = new Set(["grid"]);
    this.update();
  }

  private shape({ area }: DrawnArea, className: string): L.Polygon {
    const rings = area.polygons.map((polygon) =>
      polygon.map((ring) =>
        ring.map((position): L.LatLngTuple => {
          const [lng, lat] = this.projection.toMap(position);
          return [lat, lng];
        }),
      ),
    );
    const options = { renderer: this.renderer, interactive: false, className, weight: 1, fillOpacity: 1 };
    return L.polygon(rings, { ...options, smoothFactor: 1.2 });
  }

  private emphasised(): Shape[] {
    const codes = [this.scope, this.selected];
    return this.shapes.filter(({ drawn }) => codes.includes(drawn.area.code));
  }

  private restyle(): void {
    for (const { drawn, path } of this.shapes) {
      const element = path.getElement();
      if (element === undefined) continue;
      const { code } = drawn.area;
      element.classList.toggle("lm-area--scope", code === this.scope);
      element.classList.toggle("lm-area--outside", isOutside(code, this.scope));
      element.classList.toggle("lm-area--selected", code === this.selected);
      element.classList.toggle("lm-area--hovered", code === this.hovered);
    }
    for (const { drawn, path } of this.emphasised()) {
      if (this.levels.has(drawn.area.level)) path.bringToFront();
    }
  }
}

/** Neither within the scope nor around it. */
function isOutside(code: string, scope: string | null): boolean {
  return scope !== null && !code.startsWith(scope) && !scope.startsWith(code);
}

function boundsOf(areas: readonly DrawnArea[]): L.LatLngBounds {
  const bounds = L.latLngBounds([]);
  for (const { extent } of areas) {
    for (const corner of [fromWorld([extent.left, extent.top]), fromWorld([extent.right, extent.bottom])]) {
      bounds.extend([corner[1], corner[0]]);
    }
  }
  return bounds;
}
