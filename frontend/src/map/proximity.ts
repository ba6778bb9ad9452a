/** Gathers what would cover one another: each item joins the nearest earlier one within reach, or stands by itself. */
export interface Placed {
  readonly x: number;
  readonly y: number;
}

export interface Gathering<P extends Placed> {
  readonly lead: P;
  /** All members in the order given, the lead first. */
  readonly members: readonly P[];
}

/** One number for a cell: at the closest zoom there are fewer than 2^26 columns of pixels. */
const keyOf = (column: number, row: number): number => column * 0x4000000 + row;

/** `items` in order of importance, in pixels. Linear: a grid of cells finds the neighbours. */
export function gather<P extends Placed>(items: readonly P[], radius: number): Gathering<P>[] {
  const gatherings: { lead: P; members: P[] }[] = [];
  const cells = new Map<number, { lead: P; members: P[] }[]>();
  const cell = (value: number): number => Math.floor(value / radius);

  for (const item of items) {
    const [column, row] = [cell(item.x), cell(item.y)];
    let nearest: { lead: P; members: P[] } | null = null;
    let nearestDistance = radius;
    for (let dx = -1; dx <= 1; dx++) {
      for (let dy = -1; dy <= 1; dy++) {
        for (const candidate of cells.get(keyOf(column + dx, row + dy)) ?? []) {
          const distance = Math.hypot(candidate.lead.x - item.x, candidate.lead.y - item.y);
          if (distance < nearestDistance) [nearest, nearestDistance] = [candidate, distance];
        }
      }
    }
    if (nearest !== null) {
      nearest.members.push(item);
      continue;
    }
    const gathering = { lead: item, members: [item] };
    gatherings.push(gathering);
    const key = keyOf(column, row);
    const inCell = cells.get(key);
    if (inCell === undefined) cells.set(key, [gathering]);
    else inCell.push(gathering);
  }
  return gatherings;
}
