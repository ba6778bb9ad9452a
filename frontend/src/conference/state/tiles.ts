/** Which tile shows which picture: seats and receive slots brought together. Pure. */
import type { Room } from "./room";
import { isCalled, isPresent, ordered } from "./seats";
import { heardRoom } from "./subrooms";
import type { SeatView, Slot, SourceKind, View } from "./types";

export const LAYOUT_CHOICES = ["grid4", "grid9", "grid16", "chair", "speaker", "pinned"] as const;
export type LayoutChoice = (typeof LAYOUT_CHOICES)[number];

const GRID_CELLS = { grid4: 4, grid9: 9, grid16: 16 } as const;

export function cellsOf(choice: LayoutChoice): number | null {
  return choice === "chair" || choice === "speaker" || choice === "pinned" ? null : GRID_CELLS[choice];
}

export function layoutOf(choice: LayoutChoice): View["layout"] {
  return choice === "chair" || choice === "speaker" || choice === "pinned" ? choice : "grid";
}

export interface Tile {
  readonly seat: SeatView;
  /** Unique among the tiles: a seat may be there with its camera and its screen. */
  readonly key: string;
  readonly picture: "camera" | "screen";
  /** The receive slot that carries the picture; null: nothing comes. */
  readonly slot: number | null;
  /** One's own picture never comes back over the network. */
  readonly own: boolean;
}

type Known = Pick<Room, "state" | "slots">;

function slotFor(slots: readonly Slot[], seat: number, picture: SourceKind): number | null {
  return slots.find((slot) => slot.seat === seat && slot.source === picture)?.index ?? null;
}

/** Every line of receive slots, the large one's included. */
function filled({ slots }: Known): readonly Slot[] {
  if (slots === null) return [];
  return slots.main === null ? slots.video : [...slots.video, slots.main];
}

function tileOf(room: Known, seat: SeatView, picture: "camera" | "screen" = "camera"): Tile {
  const own = seat.number === room.state?.you;
  return {
    seat,
    key: `${String(seat.number)}-${picture}`,
    picture,
    slot: own ? null : slotFor(filled(room), seat.number, picture),
    own,
  };
}

/** What the server put into the large tile. */
export function mainTile(room: Known): Tile | null {
  const main = room.slots?.main ?? null;
  if (main === null || main.seat === null || main.source === "microphone") return null;
  const seat = room.state?.conference.seats.find(({ number }) => number === main.seat);
  return seat === undefined ? null : { ...tileOf(room, seat, main.source ?? "camera"), slot: main.index };
}

/** Whether a seat is in the room that one sees; one who is called will be in that of its township. */
function isInSight({ state }: Known, seat: SeatView): boolean {
  if (state === null || seat.number === state.you) return true;
  return isPresent(seat) ? state.perceives.includes(seat.number) : seat.room === heardRoom(state);
}

/** Everybody in the room, then those who are being called; a screen that is large has its own tile. */
export function smallTiles(room: Known, main: Tile | null): readonly Tile[] {
  const seats = room.state?.conference.seats ?? [];
  const sorted = ordered(seats);
  return [...sorted.filter(isPresent), ...sorted.filter(isCalled)]
    .filter((seat) => isInSight(room, seat))
    .filter((seat) => !(main?.picture === "camera" && main.seat.number === seat.number))
    .map((seat) => tileOf(room, seat));
}

/** What the page tells the server about itself. */
export function viewOf(
  choice: LayoutChoice,
  pinned: number | null,
  mainHeight: number,
  tiles: readonly Tile[],
  height: number,
): View {
  const shown = tiles.filter(({ own, seat }) => !own && isPresent(seat));
  return {
    layout: layoutOf(choice),
    pinned: choice === "pinned" ? pinned : null,
    main_height: Math.round(mainHeight),
    cells: shown.length,
    tiles: shown.slice(0, MOST_TILES).map(({ seat }) => ({ seat: seat.number, height: Math.max(1, Math.round(height)) })),
  };
}

const MOST_TILES = 25;
/** A tile that grew or shrank by less than this share of itself needs no other layer. */
const NOTICEABLE = 0.12;

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= NOTICEABLE * Math.max(a, b);
}

/** Whether the server need not hear of the new view. */
export function isSameView(a: View, b: View): boolean {
  return (
    a.layout === b.layout &&
    a.pinned === b.pinned &&
    a.cells === b.cells &&
    (a.main_height === 0) === (b.main_height === 0) &&
    near(a.main_height, b.main_height) &&
    a.tiles.length === b.tiles.length &&
    a.tiles.every((tile, index) => {
      const other = b.tiles[index];
      return other !== undefined && tile.seat === other.seat && near(tile.height, other.height);
    })
  );
}
