/** Incidents: calm signs above their place, so that the alarm they came from stays in sight; grouped where they meet. */
import type { Incident } from "@/feed/types";

import type { Projection } from "../crs";
import { isEmpty, reconcile } from "../diff";
import type { LngLat } from "../gcj02";
import { MarkerPane, type MarkerSpec } from "../markerPane";
import { toWorld } from "../mercator";
import { gather } from "../proximity";
import type { Words } from "../words";
import { INCIDENT_PX, incidentSpec } from "./looks";
import { SpecCache } from "./specs";

export interface PlacedIncident {
  readonly incident: Incident;
  readonly at: LngLat;
}
interface Member extends PlacedIncident {
  readonly x: number;
  readonly y: number;
}

const GATHER_PX = INCIDENT_PX;
/** What has ended stays on the map only while it is looked at. */
const ENDED: ReadonlySet<Incident["stage"]> = new Set(["closed", "rejected", "archived", "merged"]);

export class IncidentLayer {
  private readonly pane: MarkerPane;
  private readonly known = new Map<number, Incident>();
  private readonly places = new Map<number, PlacedIncident>();
  private readonly cache = new SpecCache();
  private visible = true;
  private selected: number | null = null;

  constructor(
    map: L.Map,
    private projection: Projection,
    private words: Words,
  ) {
    this.pane = new MarkerPane(map, "incidents", 645);
  }

  /** True if anything changed. */
  setIncidents(incidents: readonly Incident[]): boolean {
    const diff = reconcile(this.known, incidents, (incident) => incident.id);
    const { added, changed, removed } = diff;
    for (const incident of removed) this.places.delete(incident.id);
    for (const incident of added) this.locate(incident);
    for (const [, after] of changed) this.locate(after);
    return !isEmpty(diff);
  }

  setVisible(visible: boolean): void {
    this.visible = visible;
  }

  setSelected(id: number | null): void {
    this.selected = id;
  }

  setProjection(projection: Projection): void {
    this.projection = projection;
    for (const incident of this.known.values()) this.locate(incident);
  }

  setWords(words: Words): void {
    this.words = words;
    this.cache.clear();
  }

  incident(id: number): Incident | null {
    return this.known.get(id) ?? null;
  }

  place(id: number): LngLat | null {
    return this.places.get(id)?.at ?? null;
  }

  /** What was drawn last. */
  drawn: readonly PlacedIncident[] = [];

  draw(zoom: number): void {
    const gatherings = gather(this.members(2 ** zoom), GATHER_PX);
    this.drawn = gatherings.map(({ lead }) => lead);
    const specs = gatherings.map(({ lead, members }) => {
      const chosen = members.some(({ incident }) => incident.id === this.selected);
      const key = `i${lead.incident.id}`;
      const incidents = members.map(({ incident }) => incident);
      return this.cache.get(key, [lead.at, chosen, incidents.length, ...incidents], () =>
        incidentSpec(key, lead.at, incidents, chosen, this.words),
      );
    });
    this.pane.draw(specs);
    this.cache.prune(specs);
  }

  /** Markers of several incidents, for when they are spread out. */
  memberSpecs(ids: readonly number[]): MarkerSpec[] {
    return ids.flatMap((id): MarkerSpec[] => {
      const placed = this.places.get(id);
      if (placed === undefined) return [];
      return [incidentSpec(`s${id}`, placed.at, [placed.incident], id === this.selected, this.words)];
    });
  }

  /** The selected first, then the gravest. */
  private members(scale: number): Member[] {
    const rank = ({ id, severity }: Incident): number => (id === this.selected ? 0 : severity);
    return [...this.places.values()]
      .filter(({ incident }) => incident.id === this.selected || (this.visible && !ENDED.has(incident.stage)))
      .sort((a, b) => rank(a.incident) - rank(b.incident) || a.incident.id - b.incident.id)
      .map(({ incident, at }) => {
        const [x, y] = toWorld(at);
        return { incident, at, x: x * scale, y: y * scale };
      });
  }

  private locate(incident: Incident): void {
    if (incident.lng === null || incident.lat === null) this.places.delete(incident.id);
    else this.places.set(incident.id, { incident, at: this.projection.toMap([incident.lng, incident.lat]) });
  }
}
