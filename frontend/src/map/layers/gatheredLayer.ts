/** Markers of things with a place of their own; where they would cover one another the first stands for all. */
import type * as L from "leaflet";

import type { Projection } from "../crs";
import { isEmpty, reconcile } from "../diff";
import type { LngLat } from "../gcj02";
import { MarkerPane, type MarkerSpec } from "../markerPane";
import { toWorld } from "../mercator";
import { gather } from "../proximity";
import type { Words } from "../words";
import { SpecCache } from "./specs";

interface Located {
  readonly id: number;
  readonly lng: number | null;
  readonly lat: number | null;
}

export interface PlacedItem<T> {
  readonly item: T;
  readonly at: LngLat;
}

/** What tells one sort of thing from another on the map. */
export interface Looks<T> {
  /** The pane's name and its height in the stack. */
  readonly pane: string;
  readonly height: number;
  /** Begins the key of a marker. */
  readonly prefix: string;
  readonly gatherPx: number;
  readonly spec: (
    key: string,
    at: LngLat,
    items: readonly T[],
    selected: boolean,
    words: Words,
  ) => MarkerSpec;
  /** Smaller stands for larger. */
  readonly rank: (item: T) => number;
  /** Whether it is drawn though nobody has selected it. */
  readonly belongs: (item: T) => boolean;
}

export class GatheredLayer<T extends Located> {
  private readonly pane: MarkerPane;
  private readonly known = new Map<number, T>();
  private readonly places = new Map<number, PlacedItem<T>>();
  private readonly cache = new SpecCache();
  private visible = true;
  private selected: number | null = null;

  constructor(
    map: L.Map,
    private projection: Projection,
    private words: Words,
    private readonly looks: Looks<T>,
  ) {
    this.pane = new MarkerPane(map, looks.pane, looks.height);
  }

  /** True if anything changed. */
  setItems(items: readonly T[]): boolean {
    const diff = reconcile(this.known, items, (item) => item.id);
    const { added, changed, removed } = diff;
    for (const item of removed) this.places.delete(item.id);
    for (const item of added) this.locate(item);
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
    for (const item of this.known.values()) this.locate(item);
  }

  setWords(words: Words): void {
    this.words = words;
    this.cache.clear();
  }

  item(id: number): T | null {
    return this.known.get(id) ?? null;
  }

  place(id: number): LngLat | null {
    return this.places.get(id)?.at ?? null;
  }

  /** What was drawn last: the things that stand for themselves or for several. */
  drawn: readonly PlacedItem<T>[] = [];

  draw(zoom: number): void {
    const gatherings = gather(this.members(2 ** zoom), this.looks.gatherPx);
    this.drawn = gatherings.map(({ lead }) => lead);
    const specs = gatherings.map(({ lead, members }) => {
      const chosen = lead.item.id === this.selected;
      const key = `${this.looks.prefix}${String(lead.item.id)}`;
      const items = members.map(({ item }) => item);
      return this.cache.get(key, [lead.at, chosen, items.length, ...items], () =>
        this.looks.spec(key, lead.at, items, chosen, this.words),
      );
    });
    this.pane.draw(specs);
    this.cache.prune(specs);
  }

  /** Markers of several, for when they are spread out. */
  memberSpecs(ids: readonly number[]): MarkerSpec[] {
    return ids.flatMap((id): MarkerSpec[] => {
      const placed = this.places.get(id);
      if (placed === undefined) return [];
      const chosen = id === this.selected;
      return [this.looks.spec(`s${String(id)}`, placed.at, [placed.item], chosen, this.words)];
    });
  }

  /** The selected first, so that it leads whatever it is gathered with; then by rank. */
  private members(scale: number) {
    const rank = (item: T): number =>
      item.id === this.selected ? Number.NEGATIVE_INFINITY : this.looks.rank(item);
    return [...this.places.values()]
      .filter(({ item }) => item.id === this.selected || (this.visible && this.looks.belongs(item)))
      .sort((a, b) => {
        const [left, right] = [rank(a.item), rank(b.item)];
        return left === right ? a.item.id - b.item.id : left - right;
      })
      .map(({ item, at }) => {
        const [x, y] = toWorld(at);
        return { item, at, x: x * scale, y: y * scale };
      });
  }

  private locate(item: T): void {
    if (item.lng === null || item.lat === null) this.places.delete(item.id);
    else this.places.set(item.id, { item, at: this.projection.toMap([item.lng, item.lat]) });
  }
}
