/** The seats of a room, in order and in groups. Pure. */
import type { Presence, RoomState, SeatView } from "./types";

const LEVELS = { city: 0, township: 1, village: 2 } as const;
const CALLED: ReadonlySet<Presence> = new Set<Presence>(["invited", "ringing"]);
const PRESENT: ReadonlySet<Presence> = new Set<Presence>(["joined", "away"]);

/** A post is often named after its place already: then the place is not said twice. */
export function nameOf({ place, name }: Pick<SeatView, "place" | "name">): { readonly place: string; readonly name: string } {
  const stem = place.replace(/(委会|居委会|村委会|市|镇|乡|街道)$/, "");
  return stem !== "" && name.startsWith(stem) ? { place: "", name } : { place, name };
}

export function isCalled({ presence }: Pick<SeatView, "presence">): boolean {
  return CALLED.has(presence);
}

export function isCamera({ kind }: Pick<SeatView, "kind">): boolean {
  return kind === "camera";
}

export function isPresent({ presence }: Pick<SeatView, "presence">): boolean {
  return PRESENT.has(presence);
}

/** The chair first, then from the city down; each township before its villages. */
export function ordered<T extends Pick<SeatView, "role" | "level" | "code" | "number">>(seats: readonly T[]): readonly T[] {
  return [...seats].sort(
    (a, b) =>
      Number(b.role === "chair") - Number(a.role === "chair") ||
      Number(b.level === "city") - Number(a.level === "city") ||
      (a.code < b.code ? -1 : a.code > b.code ? 1 : 0) ||
      LEVELS[a.level] - LEVELS[b.level] ||
      a.number - b.number,
  );
}

export interface SeatGroups<T> {
  /** In the lobby. */
  readonly waiting: readonly T[];
  readonly present: readonly T[];
  /** Shown, and not somebody who attends. */
  readonly cameras: readonly T[];
  readonly called: readonly T[];
  /** Not here: declined, no answer, recalled, left, removed. */
  readonly absent: readonly T[];
}

export function grouped<T extends Pick<SeatView, "kind" | "presence" | "role" | "level" | "code" | "number">>(seats: readonly T[]): SeatGroups<T> {
  const all = ordered(seats);
  const sorted = all.filter((seat) => !isCamera(seat));
  const hands = (seat: T): string => ("hand_at" in seat && typeof seat.hand_at === "string" ? seat.hand_at : "~");
  return {
    waiting: sorted.filter(({ presence }) => presence === "waiting"),
    // Whoever has a hand up stands before the others, in the order of the hands.
    present: sorted
      .filter(isPresent)
      .map((seat, place) => ({ seat, place }))
      .sort((a, b) => (hands(a.seat) < hands(b.seat) ? -1 : hands(a.seat) > hands(b.seat) ? 1 : a.place - b.place))
      .map(({ seat }) => seat),
    cameras: all.filter((seat) => isCamera(seat) && isPresent(seat)),
    called: sorted.filter(isCalled),
    absent: sorted.filter((seat) => seat.presence !== "waiting" && !isPresent(seat) && !isCalled(seat)),
  };
}

/** Who waits at the door and is this person's to let in, whoever has waited longest first. */
export function knockingAt(state: RoomState | null): readonly SeatView[] {
  if (state === null) return [];
  return state.conference.seats
    .filter(({ presence, number }) => presence === "waiting" && state.rules.includes(number))
    .sort((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : a.number - b.number));
}

export interface Figures {
  readonly present: number;
  readonly called: number;
  readonly all: number;
  readonly hands: number;
}

/** Of people: a camera is no participant. */
export function figuresOf(all: readonly Pick<SeatView, "kind" | "presence" | "hand_at">[]): Figures {
  const seats = all.filter((seat) => !isCamera(seat));
  return {
    present: seats.filter(isPresent).length,
    called: seats.filter(isCalled).length,
    all: seats.filter(({ presence }) => presence !== "recalled" && presence !== "removed").length,
    hands: seats.filter(({ hand_at }) => hand_at !== null).length,
  };
}
