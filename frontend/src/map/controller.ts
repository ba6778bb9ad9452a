/** The map itself, without Vue: owns Leaflet and the layers, and decides what is drawn when. */
import type { Alarm, Device, Incident, Selection, Unit } from "@/feed/types";
import type { MapLink } from "@/state/links";

import type { Area } from "./areas";
import { Camera } from "./camera";
import type { Bounds, Tally } from "./clustering";
import type { MapConfig } from "./config";
import { createMap } from "./create";
import { projectionOf, type Projection } from "./crs";
import { FrameScheduler } from "./frame";
import type { LngLat } from "./gcj02";
import { Interaction, type Gestures } from "./interaction";
import { AlarmLayer } from "./layers/alarmLayer";
import { AreaLayer } from "./layers/areaLayer";
import { DeviceLayer } from "./layers/deviceLayer";
import { GatheredLayer } from "./layers/gatheredLayer";
import { INCIDENTS, type IncidentLayer } from "./layers/incidentLayer";
import { LabelLayer } from "./layers/labelLayer";
import { areaLabels, deviceLabels, obstaclesOf, unitLabels } from "./layers/labelSources";
import { LinkLayer } from "./layers/linkLayer";
import { Spider } from "./layers/spider";
import { UNITS, type UnitLayer } from "./layers/unitLayer";
import { Pace } from "./pace";
import type { MapPrefs } from "./prefs";
import type { Target } from "./targets";
import { Tiles } from "./tiles";
import type { Words } from "./words";

/** What the pointer or the focus is on, with everything its tooltip shows. */
export type Thing =
  | { readonly kind: "alarms"; readonly alarms: readonly Alarm[] }
  | { readonly kind: "device"; readonly device: Device }
  | { readonly kind: "cluster"; readonly tally: Tally }
  | { readonly kind: "units"; readonly units: readonly Unit[] }
  | { readonly kind: "incidents"; readonly incidents: readonly Incident[] }
  | { readonly kind: "area"; readonly area: Area };

export interface Pointed {
  readonly thing: Thing;
  /** Container pixels: above the marker, or at the pointer over an area. */
  readonly x: number;
  readonly y: number;
}

export interface MapEvents {
  select(target: Selection): void;
  point(pointed: Pointed | null): void;
  /** Where the pointer is, in WGS-84; null when it has left. */
  pointer(position: LngLat | null): void;
  /** `code`: the jurisdiction there, if the map knows one. */
  pick(position: LngLat, code: string | null): void;
  /** What lies in the middle of the view. */
  center(area: Area | null): void;
  unplaced(count: number): void;
  tilesFailed(name: string | null): void;
}

type Part = "devices" | "alarms" | "units" | "incidents" | "areas" | "labels";
const EVERYTHING: readonly Part[] = ["areas", "devices", "alarms", "units", "incidents", "labels"];

/** Drawn beyond the edges of the view by this share of it, so that a short pan draws nothing. */
const MARGIN = 0.3;
/** Lines that take less than this share of the view say nothing about who is nearer. */
const MIN_FRAME = 0.35;
/** Two places closer than this at the closest zoom cannot be parted by zooming. */
const SAME_PLACE_PX = 30;

export class MapController {
  private readonly map: L.Map;
  private readonly camera: Camera;
  private projection: Projection = projectionOf("WGS84");
  private readonly areas: AreaLayer;
  private readonly labels: LabelLayer;
  private readonly devices: DeviceLayer;
  private readonly units: UnitLayer;
  private readonly alarms: AlarmLayer;
  private readonly incidents: IncidentLayer;
  private readonly links: LinkLayer;
  /** A click anywhere picks a place instead of selecting a thing. */
  private picking = false;
  private readonly spider: Spider;
  private readonly tiles: Tiles;
  private readonly frames = new FrameScheduler<Part>((parts) => {
    this.draw(parts);
  });
  private readonly resizes: ResizeObserver;
  /** How much larger signs are than their nominal size: the style sheet decides. */
  private factor = 1;
  private drawnBounds: L.LatLngBounds | null = null;
  private timer = 0;
  /** By the server's clock. */
  private now = Date.now();
  private prefs: MapPrefs | null = null;
  private config: MapConfig | null = null;
  private scope: string | null = null;
  private selection: Selection | null = null;

  constructor(
    container: HTMLElement,
    private words: Words,
    private readonly events: MapEvents,
  ) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map = createMap(container, calm);
    this.camera = new Camera(this.map, calm);
    this.tiles = new Tiles(this.map, (name) => {
      this.events.tilesFailed(name);
    });
    this.areas = new AreaLayer(this.map, this.projection);
    this.labels = new LabelLayer(this.map);
    this.devices = new DeviceLayer(this.map, this.projection, words, (ms) => {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => {
        this.frames.mark("devices", "labels");
      }, ms);
    });
    this.units = new GatheredLayer(this.map, this.projection, words, UNITS);
    this.alarms = new AlarmLayer(this.map, this.projection, words);
    this.incidents = new GatheredLayer(this.map, this.projection, words, INCIDENTS);
    this.links = new LinkLayer(this.map, this.projection);
    this.spider = new Spider(this.map);
    new Interaction(this.map, this.gestures, () => this.picking);
    this.map.on("move", this.onMove, this);
    this.map.on("zoomstart", this.onZoomStart, this);
    this.map.on("zoomend", this.redraw, this);
    this.map.on("moveend", this.onMoveEnd, this);
    this.resizes = new ResizeObserver(() => {
      this.readStyle();
      this.map.invalidateSize({ pan: false, animate: false });
      this.homeUnlessMoved();
      this.redraw();
    });
    this.resizes.observe(container);
  }

  destroy(): void {
    window.clearTimeout(this.timer);
    this.pace.stop();
    this.resizes.disconnect();
    this.frames.stop();
    this.map.remove();
  }

  setDevices(devices: readonly Device[]): void {
    if (this.devices.setDevices(devices)) this.frames.mark("devices", "labels");
  }

  /** In a flood not every frame is drawn, so that the map takes a tenth of the page's time at most. */
  setAlarms(alarms: readonly Alarm[]): void {
    this.pace.push(alarms);
  }

  private readonly pace = new Pace<readonly Alarm[]>((alarms) => {
    this.takeAlarms(alarms);
  });

  private takeAlarms(alarms: readonly Alarm[]): void {
    if (!this.alarms.setAlarms(alarms)) return;
    this.devices.setSeverities(this.alarms.severities());
    this.events.unplaced(this.alarms.unplaced);
    this.frames.mark("alarms", "devices", "labels");
  }

  setUnits(units: readonly Unit[]): void {
    if (this.units.setItems(units)) this.frames.mark("units", "labels");
  }

  setIncidents(incidents: readonly Incident[]): void {
    if (this.incidents.setItems(incidents)) this.frames.mark("incidents", "labels");
  }

  setLinks(links: readonly MapLink[]): void {
    this.links.setLinks(links);
  }

  /** Brings both ends of every line into view, unless they already stand well apart in it. */
  frameLinks(): void {
    const bounds = this.links.bounds();
    if (bounds === null) return;
    const [low, high] = [bounds.getSouthWest(), bounds.getNorthEast()].map((end) => this.map.latLngToContainerPoint(end));
    const apart = low === undefined || high === undefined ? 0 : Math.hypot(high.x - low.x, high.y - low.y);
    const { x, y } = this.map.getSize();
    if (apart < MIN_FRAME * Math.min(x, y) || !this.map.getBounds().contains(bounds)) this.camera.fit(bounds, 90);
  }

  setPicking(picking: boolean): void {
    this.picking = picking;
    this.map.getContainer().classList.toggle("lm-picking", picking);
  }

  setAreas(areas: readonly Area[]): void {
    this.areas.setAreas(areas);
    this.homeUnlessMoved();
    this.redraw();
  }

  setConfig(config: MapConfig): void {
    this.config = config;
    this.map.setMinZoom(Math.min(config.min_zoom, this.map.getZoom()));
    this.map.setMaxZoom(config.max_zoom);
    this.tiles.setConfig(config);
    if (this.prefs !== null) this.setPrefs(this.prefs);
    this.homeUnlessMoved();
  }

  setPrefs(prefs: MapPrefs): void {
    this.prefs = prefs;
    this.areas.setVisible(prefs.areas);
    this.alarms.setVisible(prefs.alarms);
    this.units.setVisible(prefs.units);
    this.incidents.setVisible(prefs.incidents);
    this.devices.setFilter(prefs.devices, prefs.hiddenKinds);
    this.project(projectionOf(this.tiles.show(prefs.base, prefs.overlays)));
    this.spider.close();
    this.redraw();
  }

  /** Another scope asks to be seen whole. */
  setScope(prefix: string | null): void {
    if (this.scope === prefix) return;
    this.scope = prefix;
    this.camera.moved = false;
    this.mark();
    this.homeUnlessMoved();
    this.redraw();
  }

  setSelection(selection: Selection | null): void {
    this.selection = selection;
    this.mark();
    if (selection !== null) this.panTo(selection);
    this.redraw();
  }

  setWords(words: Words): void {
    this.words = words;
    for (const layer of [this.devices, this.alarms, this.units, this.incidents]) layer.setWords(words);
    this.redraw();
  }

  /** Ages of positions move on. */
  tick(now: number): void {
    this.now = now;
    this.frames.mark("labels");
  }

  /** Brings a thing well into view; does nothing if it already is. */
  panTo(target: Selection): void {
    if (target.kind === "jurisdiction") {
      const bounds = this.areas.bounds(target.id);
      if (bounds !== null && !this.map.getBounds().intersects(bounds)) this.camera.fit(bounds);
      return;
    }
    const at = this.placeOf(target);
    if (at !== null) this.camera.reveal(at);
  }

  /** The whole of the scope, or where the configuration starts. */
  home(): void {
    const bounds = this.homeBounds();
    if (bounds !== null) this.camera.rest(bounds);
    else if (this.config?.center) {
      this.map.setView([...this.config.center], this.config.zoom ?? 11, { animate: false });
    }
  }

  showArea(code: string): void {
    const bounds = this.areas.bounds(code);
    if (bounds !== null) this.camera.fit(bounds);
  }

  zoomBy(steps: number): void {
    this.camera.zoomBy(steps);
  }

  private homeUnlessMoved(): void {
    if (!this.camera.moved) this.home();
  }

  private homeBounds(): L.LatLngBounds | null {
    const scoped = this.scope === null ? null : this.areas.bounds(this.scope);
    const known = scoped ?? this.areas.allBounds();
    if (known !== null) return known;
    const configured = this.config?.bounds;
    return configured ? L.latLngBounds([...configured[0]], [...configured[1]]) : null;
  }

  private placeOf(target: Exclude<Selection, { kind: "jurisdiction" }>): LngLat | null {
    switch (target.kind) {
      case "alarm":
        return this.alarms.place(target.id);
      case "device":
        return this.devices.place(target.id);
      case "unit":
        return this.units.place(target.id);
      case "incident":
        return this.incidents.place(target.id);
    }
  }

  private mark(): void {
    const { selection } = this;
    this.devices.setSelected(selection?.kind === "device" ? selection.id : null);
    this.alarms.setSelected(selection?.kind === "alarm" ? selection.id : null);
    this.units.setSelected(selection?.kind === "unit" ? selection.id : null);
    this.incidents.setSelected(selection?.kind === "incident" ? selection.id : null);
    this.areas.setMarks(this.scope, selection?.kind === "jurisdiction" ? selection.id : null);
  }

  /** Everything moves to the coordinate system of the tiles, and the view stays over the same ground. */
  private project(projection: Projection): void {
    if (projection.crs === this.projection.crs) return;
    const center = this.map.getCenter();
    const [lng, lat] = projection.toMap(this.projection.toWgs84([center.lng, center.lat]));
    this.projection = projection;
    for (const layer of [this.areas, this.devices, this.alarms, this.units, this.incidents, this.links])
      layer.setProjection(projection);
    this.map.setView([lat, lng], this.map.getZoom(), { animate: false });
  }

  private redraw(): void {
    this.frames.mark(...EVERYTHING);
  }

  private onMove(): void {
    this.events.point(null);
    if (this.drawnBounds?.contains(this.map.getBounds()) !== true)
      this.frames.mark("devices", "alarms", "labels");
  }

  private onMoveEnd(): void {
    const { lng, lat } = this.map.getCenter();
    this.events.center(this.areas.at([lng, lat]));
  }

  private onZoomStart(): void {
    this.spider.close();
  }

  private draw(parts: ReadonlySet<Part>): void {
    const padded = this.map.getBounds().pad(MARGIN);
    this.drawnBounds = padded;
    const bounds: Bounds = [padded.getWest(), padded.getSouth(), padded.getEast(), padded.getNorth()];
    const zoom = this.map.getZoom();
    if (parts.has("areas")) {
      this.areas.update();
      this.onMoveEnd();
    }
    const from = performance.now();
    if (parts.has("alarms")) this.alarms.draw(bounds, zoom);
    if (parts.has("devices")) this.devices.draw(bounds, zoom, this.factor, this.alarms.standing);
    if (parts.has("units")) this.units.draw(zoom);
    if (parts.has("incidents")) this.incidents.draw(zoom);
    if (parts.size > 0) this.spider.refresh();
    if (parts.has("labels")) this.drawLabels(zoom);
    if (parts.has("alarms")) this.pace.spent(performance.now() - from);
  }

  private drawLabels(zoom: number): void {
    const scale = 2 ** zoom;
    const { factor } = this;
    const chosen = this.selection?.kind === "jurisdiction" ? this.selection.id : this.scope;
    const names =
      this.prefs?.labels === false
        ? []
        : [
            ...areaLabels(this.areas, scale, chosen),
            ...deviceLabels(this.devices, scale, factor, zoom, this.words),
          ];
    const labels = [...unitLabels(this.units, scale, factor, zoom, this.words, this.now), ...names];
    this.labels.draw(labels, obstaclesOf(this.alarms, this.units, this.devices, this.incidents, scale, factor), zoom);
  }

  private readStyle(): void {
    this.labels.readFont();
    this.factor = Number(getComputedStyle(this.map.getContainer()).getPropertyValue("--lm-k")) || 1;
  }

  private readonly gestures: Gestures = {
    activate: (target) => {
      this.activate(target);
    },
    click: (position) => {
      if (this.picking) {
        this.gestures.pick(position);
        return;
      }
      if (this.gestures.escape()) return;
      const area = this.areas.at(position);
      if (area !== null) this.events.select({ kind: "jurisdiction", id: area.code });
    },
    over: (target, position, { x, y }) => {
      const area = target === null && position !== null ? this.areas.at(position) : null;
      this.areas.setHovered(area?.code ?? null);
      const thing: Thing | null =
        target !== null ? this.thing(target) : area === null ? null : { kind: "area", area };
      this.events.point(thing === null ? null : { thing, x, y });
      if (position !== null) this.events.pointer(this.projection.toWgs84(position));
    },
    out: () => {
      this.areas.setHovered(null);
      this.events.point(null);
      this.events.pointer(null);
    },
    pick: (position) => {
      this.events.pick(this.projection.toWgs84(position), this.areas.at(position)?.code ?? null);
    },
    move: () => {
      this.camera.moved = true;
    },
    home: () => {
      this.home();
    },
    escape: () => {
      const open = this.spider.open;
      this.spider.close();
      return open;
    },
  };

  private thing(target: Target): Thing | null {
    switch (target.kind) {
      case "alarm":
        return { kind: "alarms", alarms: target.ids.flatMap((id) => this.alarms.alarm(id) ?? []) };
      case "device": {
        const device = this.devices.device(target.id);
        return device === null ? null : { kind: "device", device };
      }
      case "unit":
        return { kind: "units", units: target.ids.flatMap((id) => this.units.item(id) ?? []) };
      case "incident":
        return { kind: "incidents", incidents: target.ids.flatMap((id) => this.incidents.item(id) ?? []) };
      case "cluster": {
        const tally = this.devices.tally(target.id);
        return tally === null ? null : { kind: "cluster", tally };
      }
    }
  }

  private activate(target: Target): void {
    this.events.point(null);
    switch (target.kind) {
      case "cluster":
        this.openCluster(target.id);
        return;
      case "device":
        this.events.select({ kind: "device", id: target.id });
        return;
      case "alarm":
      case "unit":
      case "incident":
        if (target.ids.length > 1) this.openGroup(target.kind, target.ids);
        else this.events.select({ kind: target.kind, id: target.id });
    }
  }

  private openCluster(id: number): void {
    const at = this.devices.clusterPlace(id);
    if (at === null) return;
    const zoom = this.devices.expansionZoom(id);
    if (zoom <= this.map.getMaxZoom() && zoom > this.map.getZoom()) this.camera.goTo(at, zoom);
    else this.spread(`c${id}`, at, () => this.devices.memberSpecs(id));
  }

  /** Zooms in where that parts the markers, else spreads them out. */
  private openGroup(kind: "alarm" | "unit" | "incident", ids: readonly number[]): void {
    const layer = { alarm: this.alarms, unit: this.units, incident: this.incidents }[kind];
    const places = ids.map((id) => layer.place(id)).filter((at): at is LngLat => at !== null);
    const [lead] = places;
    if (lead === undefined) return;
    const bounds = L.latLngBounds(places.map(([lng, lat]): L.LatLngTuple => [lat, lng]));
    const closest = this.map.getMaxZoom();
    const diagonal = this.map
      .project(bounds.getSouthWest(), closest)
      .distanceTo(this.map.project(bounds.getNorthEast(), closest));
    if (diagonal < SAME_PLACE_PX * 2 || this.map.getZoom() >= closest) {
      this.spread(`${kind}${ids[0] ?? ""}`, lead, () => layer.memberSpecs(ids));
      return;
    }
    const zoom = Math.min(this.map.getBoundsZoom(bounds, false, L.point(120, 120)), closest);
    const center = bounds.getCenter();
    this.camera.goTo([center.lng, center.lat], Math.max(zoom, this.map.getZoom() + 1));
  }

  private spread(key: string, at: LngLat, members: Parameters<Spider["show"]>[2]): void {
    if (this.spider.isOpen(key)) this.spider.close();
    else this.spider.show(key, at, members);
  }
}
