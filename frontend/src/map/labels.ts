/**
 * Where names go so that they can be read.
 *
 * Greedy by priority: each label tries its places in order and takes the first that covers neither a label set before it
 * nor an obstacle. Alarms, units and clusters are hard obstacles, nothing may cover them; devices are soft, a label that
 * insists may lie over them. A label that was shown keeps its place while that place is still free, so names stay still.
 */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface LabelRequest {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** Centres to try, best first, in the same pixels as the obstacles. */
  readonly places: readonly (readonly [x: number, y: number])[];
  /** Higher first. */
  readonly priority: number;
  /** May lie over soft obstacles if no place is free of them. */
  readonly insistent: boolean;
}

export interface Obstacles {
  readonly hard: readonly Box[];
  readonly soft: readonly Box[];
}

export interface PlacedLabel {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  /** Index into the request's `places`; hand it back as `previous` to keep labels still. */
  readonly place: number;
}

export function boxAround(x: number, y: number, width: number, height: number): Box {
  return { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 };
}

export function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

/** Boxes by cell, so that a label asks only its neighbourhood. */
class Field {
  private readonly cells = new Map<string, Box[]>();
  constructor(private readonly size: number) {}

  add(box: Box): void {
    for (const key of this.keys(box)) {
      const inCell = this.cells.get(key);
      if (inCell === undefined) this.cells.set(key, [box]);
      else inCell.push(box);
    }
  }

  hits(box: Box): boolean {
    for (const key of this.keys(box)) {
      if (this.cells.get(key)?.some((other) => overlap(box, other)) === true) return true;
    }
    return false;
  }

  private *keys(box: Box): Generator<string> {
    for (
      let column = Math.floor(box.left / this.size);
      column <= Math.floor(box.right / this.size);
      column++
    ) {
      for (let row = Math.floor(box.top / this.size); row <= Math.floor(box.bottom / this.size); row++) {
        yield `${column}:${row}`;
      }
    }
  }
}

const CELL_PX = 96;

export function layoutLabels(
  requests: readonly LabelRequest[],
  obstacles: Obstacles,
  previous: ReadonlyMap<string, number> = new Map(),
): PlacedLabel[] {
  const hard = new Field(CELL_PX);
  const soft = new Field(CELL_PX);
  for (const box of obstacles.hard) hard.add(box);
  for (const box of obstacles.soft) soft.add(box);

  const placed: PlacedLabel[] = [];
  const sorted = [...requests].sort((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1));
  for (const request of sorted) {
    const spot = findPlace(request, hard, soft, previous.get(request.id));
    if (spot === null) continue;
    const [x, y] = spot.centre;
    hard.add(boxAround(x, y, request.width, request.height));
    placed.push({ id: request.id, x, y, place: spot.place });
  }
  return placed;
}

interface Spot {
  readonly place: number;
  readonly centre: readonly [number, number];
}

function findPlace(request: LabelRequest, hard: Field, soft: Field, before: number | undefined): Spot | null {
  const order = request.places.map((centre, place): Spot => ({ place, centre }));
  const kept = before === undefined ? undefined : order[before];
  const spots = kept === undefined ? order : [kept, ...order];
  const box = ({ centre: [x, y] }: Spot): Box => boxAround(x, y, request.width, request.height);
  const free = spots.find((spot) => !hard.hits(box(spot)) && !soft.hits(box(spot)));
  if (free !== undefined) return free;
  return request.insistent ? (spots.find((spot) => !hard.hits(box(spot))) ?? null) : null;
}
