/** Devices as dots, filled where they stand in what is drawn and hollow where not; on a canvas, for there may be thousands. */
import type { Projection } from "../crs";
import type { LngLat } from "../gcj02";

export interface Dot {
  readonly id: string;
  readonly at: LngLat;
}

const INSIDE_PX = 4;
const OUTSIDE_PX = 3;

export class DotLayer {
  private readonly renderer: L.Renderer;
  private readonly markers = new Map<string, { readonly marker: L.CircleMarker; inside: boolean | null }>();
  private dots: readonly Dot[] = [];
  private looks: { readonly inside: L.CircleMarkerOptions; readonly outside: L.CircleMarkerOptions } | null = null;

  constructor(
    private readonly map: L.Map,
    private projection: Projection,
  ) {
    const pane = map.createPane("lingdun-dots");
    pane.style.zIndex = "430";
    pane.style.pointerEvents = "none";
    this.renderer = L.canvas({ pane: "lingdun-dots", padding: 0.3 });
  }

  setProjection(projection: Projection): void {
    this.projection = projection;
    this.clear();
    this.setDots(this.dots);
  }

  setDots(dots: readonly Dot[]): void {
    this.dots = dots;
    const wanted = new Set(dots.map(({ id }) => id));
    for (const [id, { marker }] of this.markers) {
      if (wanted.has(id)) continue;
      marker.remove();
      this.markers.delete(id);
    }
    for (const { id, at } of dots) {
      const [lng, lat] = this.projection.toMap(at);
      const known = this.markers.get(id);
      if (known !== undefined) known.marker.setLatLng([lat, lng]);
      else {
        const marker = L.circleMarker([lat, lng], { renderer: this.renderer, interactive: false, radius: OUTSIDE_PX });
        this.markers.set(id, { marker: marker.addTo(this.map), inside: null });
      }
    }
  }

  /** Only those that came in or went out are drawn anew. */
  mark(catches: (point: LngLat) => boolean): void {
    this.looks ??= this.readLooks();
    for (const { id, at } of this.dots) {
      const dot = this.markers.get(id);
      const inside = catches(at);
      if (dot === undefined || dot.inside === inside) continue;
      dot.inside = inside;
      dot.marker.setStyle(inside ? this.looks.inside : this.looks.outside);
      if (inside) dot.marker.bringToFront();
    }
  }

  /** A canvas knows no style sheet: after a change of theme the colours are read again, at the next `mark`. */
  forgetLooks(): void {
    this.looks = null;
    for (const dot of this.markers.values()) dot.inside = null;
  }

  private readLooks(): NonNullable<DotLayer["looks"]> {
    const style = getComputedStyle(this.map.getContainer());
    const [accent, muted, panel] = ["--accent", "--muted", "--panel"].map((name) => style.getPropertyValue(name).trim());
    const shared = { fillOpacity: 1, opacity: 1 };
    return {
      inside: { ...shared, radius: INSIDE_PX, weight: 1.5, color: panel ?? "", fillColor: accent ?? "" },
      outside: { ...shared, radius: OUTSIDE_PX, weight: 1.5, color: muted ?? "", fillColor: panel ?? "" },
    };
  }

  private clear(): void {
    for (const { marker } of this.markers.values()) marker.remove();
    this.markers.clear();
  }
}
