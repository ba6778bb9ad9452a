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
    for (const { drawn, path } of this.shapes) {
      if (levels.has(drawn.area.level)) path.addTo(this.map);
      else path.remove();
    }
    this.restyle();
  }

  /** The areas whose names may be shown now. */
  named(): DrawnArea[] {
    return this.drawnAreas.filter(({ area }) => this.levels.has(area.level));
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
    for (const { path } of this.shapes) path.remove();
    this.drawnAreas = this.areas
      .map((area) => drawArea(area, this.projection))
      .filter((drawn): drawn is DrawnArea => drawn !== null)
      .sort((a, b) => a.area.code.length - b.area.code.length || (a.area.code < b.area.code ? -1 : 1));
    this.shapes = this.drawnAreas.map((drawn) => ({ drawn, path: this.shape(drawn) }));
    this.levels = new Set(["grid"]);
    this.update();
  }

  private shape({ area }: DrawnArea): L.Polygon {
    const rings = area.polygons.map((polygon) =>
      polygon.map((ring) =>
        ring.map((position): L.LatLngTuple => {
          const [lng, lat] = this.projection.toMap(position);
          return [lat, lng];
        }),
      ),
    );
    const options = {
      renderer: this.renderer,
      interactive: false,
      className: `lm-area lm-area--${area.level}`,
    };
    return L.polygon(rings, { ...options, weight: 1, fillOpacity: 1, smoothFactor: 1.2 });
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
      if ((code === this.scope || code === this.selected) && this.levels.has(drawn.area.level))
        path.bringToFront();
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
