/** The handles on the map: taken by mouse, finger or keyboard, they become steps of the drawing. */
import type { Projection } from "../crs";
import type { LngLat } from "../gcj02";
import type { Corner, Step } from "./drawing";
import type { Figure } from "./figure";
import { handlesOf, keyOf, type Handle } from "./handles";
import { bearing, metres } from "./sphere";

export interface HandleWords {
  corner(number: number): string;
  center(): string;
  edge(radius: number): string;
  metres(radius: number): string;
}

export interface HandleEvents {
  step(step: Step): void;
  /** The corner in hand, for buttons beside the map. */
  current(corner: Corner | null): void;
  crowded(crowded: boolean): void;
}

interface Placed {
  handle: Handle;
  readonly marker: L.Marker;
}

const PANE = "lingdun-handles";
const BOX_PX = 28;
/** From so many handles on they are drawn smaller. */
const DENSE = 40;
const ROOMY_PX = 52;
const KEY_PX = 6;
const ARROWS: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class HandleLayer {
  private readonly placed = new Map<string, Placed>();
  private figure: Figure = { kind: "circle", center: null, radius: 0 };
  private dragged: L.Marker | null = null;
  private current: Corner | null = null;
  /** Where on the circle its handle sits: where it was dragged to last. */
  private turned = 90;

  constructor(
    private readonly map: L.Map,
    private projection: Projection,
    private words: HandleWords,
    private readonly events: HandleEvents,
  ) {
    map.createPane(PANE).style.zIndex = "640";
    map.on("moveend zoomend", () => {
      this.draw(this.figure);
    });
  }

  setProjection(projection: Projection): void {
    this.projection = projection;
    this.draw(this.figure);
  }

  setWords(words: HandleWords): void {
    this.words = words;
    this.draw(this.figure);
  }

  draw(figure: Figure): void {
    this.figure = figure;
    const view = this.map.getBounds().pad(0.05);
    const handles = handlesOf(figure, (at) => view.contains(this.place(at)), (from, to) => this.roomy(from, to), this.turned);
    this.events.crowded(handles === null);
    this.map.getContainer().classList.toggle("ls-dense", (handles?.length ?? 0) > DENSE);
    const wanted = new Map((handles ?? []).map((handle) => [handle.key, handle]));
    for (const [key, { marker }] of this.placed) {
      if (wanted.has(key) || marker === this.dragged) continue;
      marker.remove();
      this.placed.delete(key);
    }
    const current = this.current === null ? "" : keyOf("corner", this.current);
    if (current !== "" && !wanted.has(current)) this.setCurrent(null);
    const stop = wanted.has(current) ? current : [...wanted.values()].find(({ kind }) => kind === "corner")?.key;
    for (const handle of wanted.values()) this.put(handle, stop);
  }

  /** The keyboard's place moves on to another corner. */
  focus(corner: Corner): void {
    this.placed.get(keyOf("corner", corner))?.marker.getElement()?.focus({ preventScroll: true });
  }

  private put(handle: Handle, stop: string | undefined): void {
    const known = this.placed.get(handle.key);
    const placed = known ?? { handle, marker: this.create(handle) };
    placed.handle = handle;
    this.placed.set(handle.key, placed);
    if (placed.marker !== this.dragged) placed.marker.setLatLng(this.place(handle.at));
    const element = placed.marker.getElement();
    if (element === undefined) return;
    const first = handle.kind === "corner" && handle.corner[2] === 0 && this.figure.kind === "outline" && this.figure.open;
    element.classList.toggle("ls-handle--first", first);
    element.classList.toggle("ls-handle--current", handle.kind === "corner" && handle.key === (this.current === null ? "" : keyOf("corner", this.current)));
    if (handle.kind === "middle") return;
    element.tabIndex = handle.kind !== "corner" || handle.key === stop ? 0 : -1;
    element.setAttribute("role", "button");
    element.setAttribute("aria-label", this.label(handle));
    if (handle.kind === "edge") element.dataset["radius"] = this.words.metres(this.radius());
  }

  private create(handle: Handle): L.Marker {
    const icon = L.divIcon({ className: `ls-handle ls-handle--${handle.kind}`, iconSize: [BOX_PX, BOX_PX], iconAnchor: [BOX_PX / 2, BOX_PX / 2] });
    const marker = L.marker(this.place(handle.at), { icon, pane: PANE, draggable: true, keyboard: false, autoPan: true, zIndexOffset: handle.kind === "middle" ? -1000 : 0 });
    const now = (): Handle => this.placed.get(handle.key)?.handle ?? handle;
    marker.on("click", () => {
      this.onClick(now());
    });
    marker.on("dblclick", () => {
      this.events.step({ act: "close" });
    });
    marker.on("contextmenu", (event) => {
      event.originalEvent.preventDefault();
      this.remove(now());
    });
    marker.on("dragstart", () => {
      this.dragged = marker;
      this.onDrag(now(), marker, true);
    });
    marker.on("drag", () => {
      this.onDrag(now(), marker, false);
    });
    marker.on("dragend", () => {
      const handle = now();
      this.dragged = null;
      this.draw(this.figure);
      if (handle.kind === "middle") this.focus(next(handle.corner));
      else this.take(handle);
    });
    marker.addTo(this.map);
    const element = marker.getElement();
    element?.addEventListener("keydown", (event) => {
      this.onKey(now(), event);
    });
    element?.addEventListener("focus", () => {
      this.setCurrent(now());
    });
    return marker;
  }

  private onClick(handle: Handle): void {
    const open = this.figure.kind === "outline" && this.figure.open;
    if (handle.kind === "corner" && open && handle.corner[2] === 0) this.events.step({ act: "close" });
    if (handle.kind === "middle") this.add(handle.corner, handle.at);
    else this.take(handle);
  }

  /** Dragging the middle of an edge makes a corner of it, which then goes along. */
  private onDrag(handle: Handle, marker: L.Marker, begins: boolean): void {
    const { lat, lng } = marker.getLatLng();
    const at = this.projection.toWgs84([lng, lat]);
    if (handle.kind === "corner") this.events.step({ act: "move", corner: handle.corner, at, begins });
    else if (handle.kind === "center") this.events.step({ act: "center", at, begins });
    else if (handle.kind === "edge") this.stretch(at, begins);
    else if (begins) this.events.step({ act: "split", corner: handle.corner, at });
    else this.events.step({ act: "move", corner: next(handle.corner), at, begins: false });
  }

  private stretch(at: LngLat, begins: boolean): void {
    if (this.figure.kind !== "circle" || this.figure.center === null) return;
    this.turned = bearing(this.figure.center, at);
    this.events.step({ act: "radius", metres: metres(this.figure.center, at), begins });
  }

  private add(corner: Corner, at: LngLat): void {
    this.events.step({ act: "split", corner, at });
    this.focus(next(corner));
  }

  private remove(handle: Handle): void {
    if (handle.kind !== "corner") return;
    const [part, ring, index] = handle.corner;
    this.events.step({ act: "remove", corner: handle.corner });
    this.map.getContainer().focus({ preventScroll: true });
    this.focus([part, ring, Math.max(0, index - 1)]);
  }

  private onKey(handle: Handle, event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.handleKey(handle, event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  private handleKey(handle: Handle, { key, shiftKey, repeat }: KeyboardEvent): boolean {
    const arrow = ARROWS[key];
    if (arrow !== undefined) this.push(handle, arrow, shiftKey, !repeat);
    else if (handle.kind !== "corner") return false;
    else if (key === "Delete" || key === "Backspace") this.remove(handle);
    else if (key === "PageDown" || key === "PageUp") this.focus(this.neighbour(handle.corner, key === "PageDown" ? 1 : -1));
    else if ((key === "Enter" || key === "Insert") && this.figure.kind === "outline" && !this.figure.open) this.add(handle.corner, this.middleAfter(handle.corner));
    else return false;
    return true;
  }

  /** By some pixels, with Shift by one; a radius by metres. */
  private push(handle: Handle, [x, y]: readonly [number, number], fine: boolean, begins: boolean): void {
    if (handle.kind === "edge") {
      this.events.step({ act: "radius", metres: this.radius() + (x - y) * (fine ? 1 : 10), begins });
      return;
    }
    const by = fine ? 1 : KEY_PX;
    const point = this.map.latLngToContainerPoint(this.place(handle.at)).add([x * by, y * by]);
    const { lat, lng } = this.map.containerPointToLatLng(point);
    const at = this.projection.toWgs84([lng, lat]);
    if (handle.kind === "center") this.events.step({ act: "center", at, begins });
    else if (handle.kind === "corner") this.events.step({ act: "move", corner: handle.corner, at, begins });
  }

  private ring([part, ring]: Corner): readonly LngLat[] {
    return this.figure.kind === "outline" ? (this.figure.parts[part]?.[ring] ?? []) : [];
  }

  private neighbour(corner: Corner, by: number): Corner {
    const count = Math.max(1, this.ring(corner).length);
    return [corner[0], corner[1], (corner[2] + by + count) % count];
  }

  private middleAfter(corner: Corner): LngLat {
    const ring = this.ring(corner);
    const from = ring[corner[2]] ?? [0, 0];
    const to = ring[(corner[2] + 1) % ring.length] ?? from;
    return [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
  }

  private take(handle: Handle): void {
    this.placed.get(handle.key)?.marker.getElement()?.focus({ preventScroll: true });
    this.setCurrent(handle);
  }

  private setCurrent(handle: Handle | null): void {
    const corner = handle?.kind === "corner" ? handle.corner : null;
    if (corner?.join() === this.current?.join()) return;
    this.current = corner;
    for (const { handle: each, marker } of this.placed.values()) {
      const chosen = each.kind === "corner" && corner !== null && each.key === keyOf("corner", corner);
      marker.getElement()?.classList.toggle("ls-handle--current", chosen);
    }
    this.events.current(corner);
  }

  private label(handle: Handle): string {
    if (handle.kind === "corner") return this.words.corner(handle.corner[2] + 1);
    return handle.kind === "center" ? this.words.center() : this.words.edge(this.radius());
  }

  private radius(): number {
    return this.figure.kind === "circle" ? this.figure.radius : 0;
  }

  private roomy(from: LngLat, to: LngLat): boolean {
    const [a, b] = [from, to].map((at) => this.map.latLngToContainerPoint(this.place(at)));
    return a !== undefined && b !== undefined && a.distanceTo(b) >= ROOMY_PX;
  }

  private place(at: LngLat): L.LatLng {
    const [lng, lat] = this.projection.toMap(at);
    return L.latLng(lat, lng);
  }
}

function next([part, ring, index]: Corner): Corner {
  return [part, ring, index + 1];
}
