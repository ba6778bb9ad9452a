/** Where the map looks, and whether it was the user who chose that. */
import type { LngLat } from "./gcj02";
import { needsPan } from "./view";

const MOTION_S = 0.15;
/** Fitting to something small goes no closer than this: its surroundings matter too. */
const CLOSE_ZOOM = 16;

export class Camera {
  /** Until the user moves the map it keeps showing the whole scope, whatever arrives or is resized. */
  moved = false;

  constructor(
    private readonly map: L.Map,
    private readonly calm: boolean,
  ) {}

  /** Brings a place well into view; does nothing if it already is. */
  reveal([lng, lat]: LngLat): void {
    const there = L.latLng(lat, lng);
    if (!needsPan(this.map.latLngToContainerPoint(there), this.map.getSize())) return;
    this.moved = true;
    this.map.panTo(there, { animate: !this.calm, duration: MOTION_S, easeLinearity: 0.5 });
  }

  fit(bounds: L.LatLngBounds, padding = 40): void {
    this.moved = true;
    this.map.fitBounds(bounds, { animate: false, padding: [padding, padding], maxZoom: CLOSE_ZOOM });
  }

  /** Fits without counting as a choice of the user. */
  rest(bounds: L.LatLngBounds): void {
    this.fit(bounds, 24);
    this.moved = false;
  }

  goTo([lng, lat]: LngLat, zoom: number): void {
    this.moved = true;
    this.map.setView([lat, lng], Math.min(zoom, this.map.getMaxZoom()), { animate: !this.calm });
  }

  zoomBy(steps: number): void {
    this.moved = true;
    this.map.setZoom(this.map.getZoom() + steps, { animate: !this.calm });
  }
}
