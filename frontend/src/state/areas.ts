/** Arithmetic on division codes and names of places. Pure. */
import type { Jurisdiction, JurisdictionCode } from "@/feed/types";

export type JurisdictionMap = ReadonlyMap<JurisdictionCode, Jurisdiction>;

export function within(code: JurisdictionCode, prefix: JurisdictionCode | null): boolean {
  return prefix === null || code.startsWith(prefix);
}

/** From the outermost known jurisdiction down to the code itself. */
export function ancestry(areas: JurisdictionMap, code: JurisdictionCode): readonly Jurisdiction[] {
  const chain: Jurisdiction[] = [];
  const visited = new Set<string>();
  let at: JurisdictionCode | null = code;
  while (at !== null && !visited.has(at)) {
    visited.add(at);
    const area: Jurisdiction | undefined = areas.get(at);
    if (area === undefined) break;
    chain.unshift(area);
    at = area.parent;
  }
  return chain;
}

const COARSE: ReadonlySet<string> = new Set(["prefecture", "city"]);

/** The place in words, without what everyone in the hall knows: 东塔镇 · 花园村. */
export function placeName(areas: JurisdictionMap, code: JurisdictionCode): string {
  const chain = ancestry(areas, code);
  const fine = chain.filter((area) => !COARSE.has(area.level));
  const shown = fine.length > 0 ? fine : chain.slice(-1);
  return shown.length > 0 ? shown.map((area) => area.name).join(" · ") : code;
}

/**
 * The one name that tells places apart for whoever looks at `scope` (null: all they have): the
 * township for a city, the village for a township.
 */
export function placeWithin(
  areas: JurisdictionMap,
  code: JurisdictionCode,
  scope: JurisdictionCode | null,
): string {
  const chain = ancestry(areas, code);
  const top = scope ?? chain[0]?.code ?? "";
  const below = chain.filter((area) => area.code !== top && area.code.startsWith(top));
  return (below.find((area) => !COARSE.has(area.level)) ?? chain.at(-1))?.name ?? code;
}

/** Jurisdictions whose parent is not known here: the tops of one's scope. */
export function roots(areas: JurisdictionMap): readonly Jurisdiction[] {
  return [...areas.values()]
    .filter((area) => area.parent === null || !areas.has(area.parent))
    .sort((a, b) => (a.code < b.code ? -1 : 1));
}

export interface AreaNode {
  readonly area: Jurisdiction;
  readonly depth: number;
}

/** The tree in reading order. */
export function outline(areas: JurisdictionMap): readonly AreaNode[] {
  const children = new Map<JurisdictionCode, Jurisdiction[]>();
  for (const area of areas.values()) {
    if (area.parent === null || !areas.has(area.parent)) continue;
    const siblings = children.get(area.parent);
    if (siblings === undefined) children.set(area.parent, [area]);
    else siblings.push(area);
  }
  const nodes: AreaNode[] = [];
  const visit = (area: Jurisdiction, depth: number): void => {
    nodes.push({ area, depth });
    const below = (children.get(area.code) ?? []).sort((a, b) => (a.code < b.code ? -1 : 1));
    for (const child of below) visit(child, depth + 1);
  };
  for (const top of roots(areas)) visit(top, 0);
  return nodes;
}
