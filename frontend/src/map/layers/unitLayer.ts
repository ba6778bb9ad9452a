/** Patrol teams, village centres and departments; where they would cover one another the first stands for all. */
import type { Unit, UnitKind } from "@/feed/types";

import type { Projection } from "../crs";
import { isEmpty, reconcile } from "../diff";
import type { LngLat } from "../gcj02";
import { MarkerPane, type MarkerSpec } from "../markerPane";
import { toWorld } from "../mercator";
import { gather } from "../proximity";
import type { Words } from "../words";
import { UNIT_PX, unitSpec } from "./looks";
import { SpecCache } from "./specs";

export interface PlacedUnit {
  readonly unit: Unit;
  readonly at: LngLat;
}
interface Member extends PlacedUnit {
  readonly x: number;
  readonly y: number;
}

const GATHER_PX = UNIT_PX - 2;
const RANK: Readonly<Record<UnitKind, number>> = { patrol: 0, village_centre: 1, department: 2 };

export class UnitLayer {
  private readonly pane: MarkerPane;
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

  /** What was drawn last: the units that stand for themselves or for several. */
  drawn: readonly PlacedUnit[] = [];

  draw(zoom: number): void {
    const gatherings = gather(this.members(2 ** zoom), GATHER_PX);
    this.drawn = gatherings.map(({ lead }) => lead);
    const specs = gatherings.map(({ lead, members }) => {
      const chosen = lead.unit.id === this.selected;
      const key = `u${lead.unit.id}`;
      const units = members.map(({ unit }) => unit);
      return this.cache.get(key, [lead.at, chosen, units.length, ...units], () =>
        unitSpec(key, lead.at, units, chosen, this.words),
      );
    });
    this.pane.draw(specs);
    this.cache.prune(specs);
  }

  /** Markers of several units, for when they are spread out. */
  memberSpecs(ids: readonly number[]): MarkerSpec[] {
    return ids.flatMap((id): MarkerSpec[] => {
      const placed = this.places.get(id);
      if (placed === undefined) return [];
      return [unitSpec(`s${id}`, placed.at, [placed.unit], id === this.selected, this.words)];
    });
  }

  /** The selected first, then who can be sent, then the fixed places. */
  private members(scale: number): Member[] {
    const rank = (unit: Unit): number => (unit.id === this.selected ? -1 : RANK[unit.kind]);
    return [...this.places.values()]
      .filter(({ unit }) => this.visible || unit.id === this.selected)
      .sort((a, b) => rank(a.unit) - rank(b.unit) || a.unit.id - b.unit.id)
      .map(({ unit, at }) => {
        const [x, y] = toWorld(at);
        return { unit, at, x: x * scale, y: y * scale };
      });
  }

  private locate(unit: Unit): void {
    if (unit.lng === null || unit.lat === null) this.places.delete(unit.id);
    else this.places.set(unit.id, { unit, at: this.projection.toMap([unit.lng, unit.lat]) });
  }
}
