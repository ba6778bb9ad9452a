/** What a page knows of the room it is in: frames folded into one value. Pure. */
import { assertNever } from "@/ui/assertNever";
import type { GoneReason, Message, Refusal, FrameProblem, RoomState, SeatLine, SeatView, ServerFrame, Slots, SourceKind } from "./types";

export interface Gone {
  readonly reason: GoneReason;
  /** Where one is called away to. */
  readonly to: number | null;
}

export interface Room {
  readonly state: RoomState | null;
  readonly slots: Slots | null;
  /** Who speaks now, the loudest first. */
  readonly speaking: readonly number[];
  /** What arrives from each seat. */
  readonly flows: ReadonlyMap<number, readonly SourceKind[]>;
  readonly messages: readonly Message[];
  /** How the seats' own pages find their lines, by seat. */
  readonly lines: ReadonlyMap<number, SeatLine>;
  /** Why media does not come, until it does. */
  readonly mediaProblem: MediaRefusal | null;
  readonly gone: Gone | null;
  /** Why one was not let in. */
  readonly refused: Refusal | FrameProblem | null;
}

export const EMPTY_ROOM: Room = {
  state: null,
  slots: null,
  speaking: [],
  flows: new Map(),
  messages: [],
  lines: new Map(),
  mediaProblem: null,
  gone: null,
  refused: null,
};

const MOST_MESSAGES = 500;

export function merged(known: readonly Message[], fresh: readonly Message[]): readonly Message[] {
  const last = known.at(-1)?.id ?? 0;
  const after = fresh.filter(({ id }) => id > last);
  return after.length === 0 ? known : [...known, ...after].slice(-MOST_MESSAGES);
}

const MEDIA_PROBLEMS = ["bad_offer", "no_codec", "room_full", "node_full", "media_unavailable"] as const;
export type MediaRefusal = (typeof MEDIA_PROBLEMS)[number];

function isMediaRefusal(code: Refusal | FrameProblem): code is MediaRefusal {
  return (MEDIA_PROBLEMS as readonly string[]).includes(code);
}

/** A command's is told to whoever gave it; the others are about coming in, or about media. */
function problemIn(room: Room, id: number | null, code: Refusal | FrameProblem): Room {
  if (id !== null) return room;
  if (isMediaRefusal(code)) return { ...room, mediaProblem: code };
  return room.state === null && code !== "waiting" ? { ...room, refused: code } : room;
}

export function reduceRoom(room: Room, frame: ServerFrame): Room {
  switch (frame.type) {
    case "state":
      if (room.state !== null && frame.version < room.state.version) return room;
      return { ...room, state: frame };
    case "slots":
      return { ...room, slots: frame };
    case "speaking":
      return { ...room, speaking: frame.seats };
    case "flows":
      return { ...room, flows: new Map(frame.seats.map(({ seat, sources }) => [seat, sources])) };
    case "messages": {
      const messages = merged(room.messages, frame.messages);
      return messages === room.messages ? room : { ...room, messages };
    }
    case "lines":
      return { ...room, lines: new Map(frame.seats.map((line) => [line.seat, line])) };
    case "answer":
      return { ...room, mediaProblem: null };
    case "problem":
      return problemIn(room, frame.id, frame.code);
    case "ended":
      return { ...room, gone: { reason: frame.reason, to: frame.to } };
    case "welcome":
      // A new socket, maybe of a restarted server: versions of the state still only grow.
      return { ...room, slots: null, speaking: [], flows: new Map() };
    case "rejoin":
      return { ...room, slots: null, speaking: [] };
    case "layers":
    case "done":
    case "heartbeat":
      return room;
    default:
      return assertNever(frame);
  }
}

export function ownSeat({ state }: Pick<Room, "state">): SeatView | null {
  return state?.conference.seats.find(({ number }) => number === state.you) ?? null;
}

export function isInside(seat: SeatView | null): boolean {
  return seat?.presence === "joined" || seat?.presence === "away";
}

/** How one's own microphone stands, from the gravest hindrance down. */
export type MicrophoneState = "missing" | "muted" | "floor_needed" | "off" | "on";

export function microphoneState(room: Pick<Room, "state">, hasMicrophone: boolean): MicrophoneState {
  const seat = ownSeat(room);
  if (!hasMicrophone) return "missing";
  if (seat === null || room.state === null) return "off";
  if (seat.muted_by !== null) return "muted";
  if (!room.state.may_speak) return "floor_needed";
  return seat.microphone ? "on" : "off";
}

export type RollCallPart = "none" | "asked" | "answered";

/** What a roll call under way asks of oneself. */
export function ownPart({ state }: Pick<Room, "state">): RollCallPart {
  const call = state?.conference.roll_call ?? null;
  if (state === null || call === null || !call.expected.includes(state.you)) return "none";
  return call.answers.some(({ seat }) => seat === state.you) ? "answered" : "asked";
}
