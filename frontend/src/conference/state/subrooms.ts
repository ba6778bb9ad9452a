/** The whole and the townships' sub-rooms, as the page groups them. Pure. */
import { isPresent } from "./seats";
import type { RoomState, SeatView } from "./types";

/** The whole's code. */
export const WHOLE = "";

/** The room that this page sees and hears. */
export function heardRoom(state: RoomState): string {
  const own = state.conference.seats.find(({ number }) => number === state.you);
  return own === undefined || own.raised ? WHOLE : own.room;
}

/** Who is shown large in the room that this page sees. */
export function spotlightOf(state: RoomState): number | null {
  const room = heardRoom(state);
  if (room === WHOLE) return state.conference.spotlight;
  return state.conference.sub_rooms.find(({ code }) => code === room)?.spotlight ?? null;
}

export type Where =
  | { readonly kind: "undivided" }
  | { readonly kind: "whole"; readonly rooms: number }
  | { readonly kind: "sub_room"; readonly name: string; readonly announced: boolean }
  | { readonly kind: "raised"; readonly name: string };

/** Where one is, to be said in words. */
export function whereOf(state: RoomState): Where {
  const { sub_rooms, announcing, seats } = state.conference;
  if (sub_rooms.length === 0) return { kind: "undivided" };
  const own = seats.find(({ number }) => number === state.you);
  const room = sub_rooms.find(({ code }) => code === own?.room);
  if (own === undefined || room === undefined) return { kind: "whole", rooms: sub_rooms.length };
  if (own.raised) return { kind: "raised", name: room.name };
  return { kind: "sub_room", name: room.name, announced: announcing !== null };
}

export interface Township {
  readonly code: string;
  readonly name: string;
  readonly present: number;
  readonly open: boolean;
}

/** The townships whose sub-room one may open or close. */
export function townshipsOf(state: RoomState): readonly Township[] {
  const { seats, sub_rooms } = state.conference;
  return state.divides.map((code) => {
    const own = seats.filter((seat) => seat.code.startsWith(code));
    return {
      code,
      name: own.find(({ township }) => township !== "")?.township ?? code,
      present: own.filter(isPresent).length,
      open: sub_rooms.some((room) => room.code === code),
    };
  });
}

export interface RoomGroup<T> {
  readonly code: string;
  readonly name: string;
  readonly seats: readonly T[];
}

/** Seats by the room they belong to: the whole first, then every open sub-room, also an empty one. */
export function byRoom(state: RoomState, seats: readonly SeatView[]): readonly RoomGroup<SeatView>[] {
  const rooms = [{ code: WHOLE, name: "" }, ...state.conference.sub_rooms];
  return rooms.map(({ code, name }) => ({ code, name, seats: seats.filter(({ room }) => room === code) }));
}
