/** Patrol teams, village centres and departments. Few, so all of them are drawn. */
import type { Unit } from "@/feed/types";

import type { Projection } from "../crs";
import { isEmpty, reconcile } from "../diff";
import type { LngLat } from "../gcj02";
import { MarkerPane } from "../markerPane";
import type { Words } from "../words";
import { unitSpec } from "./looks";
import { SpecCache } from "./specs";

export interface PlacedUnit {
  readonly unit: Unit;
  readonly at: LngLat;
}

export class UnitLayer {
  readonly pane: MarkerPane;
  private readonly known = new Map<number, Unit>();
  private readonly places = new Map<number, PlacedUnit>();
  private readonly cache = new SpecCache();
  private visible = true;
  private selected: number | null = null;

  constructor(
    map: L.Map,
    private projection: Projection,
    private words: Words,
  ) {
    this.pane = new MarkerPane(map, "units", 630);
  }

  /** True if anything changed. */
  setUnits(units: readonly Unit[]): boolean {
    const diff = reconcile(this.known, units, (unit) => unit.id);
    const { added, changed, removed } = diff;
    for (const unit of removed) this.places.delete(unit.id);
    for (const unit of added) this.locate(unit);
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
    for (const unit of this.known.values()) this.locate(unit);
  }

  setWords(words: Words): void {
    this.words = words;
    this.cache.clear();
  }

  unit(id: number): Unit | null {
    return this.known.get(id) ?? null;
  }

  place(id: number): LngLat | null {
    return this.places.get(id)?.at ?? null;
  }

  /** What is on the map now. */
  drawn(): PlacedUnit[] {
    return [...this.places.values()].filter(({ unit }) => this.visible || unit.id === this.selected);
  }

  draw(): void {
    const specs = this.drawn().map(({ unit, at }) => {
      const chosen = unit.id === this.selected;
      const key = `u${unit.id}`;
      return this.cache.get(key, [unit, at, chosen], () => unitSpec(key, at, unit, chosen, this.words));
    });
    this.pane.draw(specs);
    this.cache.prune(specs);
  }

  private locate(unit: Unit): void {
    if (unit.lng === null || unit.lat === null) this.places.delete(unit.id);
    else this.places.set(unit.id, { unit, at: this.projection.toMap([unit.lng, unit.lat]) });
  }
}
