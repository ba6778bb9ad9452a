/** Lines from an incident to the units that were sent to it or could be, and to where a photo was taken. */
import type { MapLink } from "@/state/links";

import type { Projection } from "../crs";

const PANE = "lingdun-links";

export class LinkLayer {
  private links: readonly MapLink[] = [];
  private readonly lines = new Map<string, L.Polyline>();
  /** A photo is mostly taken so near that its line is none to see. */
  private readonly dots = new Map<string, L.CircleMarker>();

  constructor(
    private readonly map: L.Map,
    private projection: Projection,
  ) {
    const pane = map.createPane(PANE);
    pane.style.zIndex = "610";
    pane.style.pointerEvents = "none";
  }

  setLinks(links: readonly MapLink[]): void {
    this.links = links;
    this.draw();
  }

  setProjection(projection: Projection): void {
    this.projection = projection;
    this.draw();
  }

  /** What all the lines reach over; null without any. */
  bounds(): L.LatLngBounds | null {
    const found = L.latLngBounds([]);
    for (const line of this.lines.values()) found.extend(line.getBounds());
    return found.isValid() ? found : null;
  }

  private draw(): void {
    const wanted = new Set(this.links.map(({ key }) => key));
    for (const [key, line] of this.lines) {
      if (wanted.has(key)) continue;
      line.remove();
      this.lines.delete(key);
      this.dots.get(key)?.remove();
      this.dots.delete(key);
    }
    for (const link of this.links) this.put(link);
  }

  private put({ key, from, to, look }: MapLink): void {
    const ends = [from, to].map((end): L.LatLngTuple => {
      const [lng, lat] = this.projection.toMap(end);
      return [lat, lng];
    });
    const className = `lm-link lm-link--${look}`;
    const end = ends[1];
    if (look === "photo" && end !== undefined) this.putDot(key, end);
    const known = this.lines.get(key);
    if (known !== undefined && known.options.className === className) {
      known.setLatLngs(ends);
      return;
    }
    known?.remove();
    const line = L.polyline(ends, { pane: PANE, className, interactive: false, smoothFactor: 0 });
    this.lines.set(key, line.addTo(this.map));
  }

  private putDot(key: string, at: L.LatLngTuple): void {
    const known = this.dots.get(key);
    if (known !== undefined) {
      known.setLatLng(at);
      return;
    }
    const dot = L.circleMarker(at, { pane: PANE, className: "lm-link-dot", radius: 7, interactive: false });
    this.dots.set(key, dot.addTo(this.map));
  }
}
