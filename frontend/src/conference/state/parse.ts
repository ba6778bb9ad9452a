/** The boundary of the conference's sockets: text becomes typed frames here, or a `FormatError`. */
import { attendanceValues, floorRuleValues, lineLevelValues, presenceValues, seatRoleValues } from "@generated/api";
import { fail, flag, frameOf, integer, list, nullable, number, object, oneOf, type Parser, record, text } from "@/api/shape";
import { about, seatFields } from "@/feed/parse";
import { SEVERITIES } from "@/feed/types";
import { ACT_NAMES, FRAME_PROBLEMS, GONE_REASONS, PATHS, RECORDING_TROUBLES, REFUSALS, REJOIN_REASONS, SOURCES } from "./codes";
import type {
  Answer,
  ConferenceView,
  IceServer,
  Invitation,
  InvitationsFrame,
  Message,
  Recording,
  RollCall,
  RoomState,
  SeatLine,
  SeatView,
  ServerFrame,
  Slot,
  Slots,
  SourceKind,
  Welcome,
} from "./types";

const source = oneOf(SOURCES);
const severity = oneOf(SEVERITIES);

function optional<T>(inner: Parser<T>, otherwise: T): Parser<T> {
  return (value, path) => (value === undefined ? otherwise : inner(value, path));
}

const iceServer: Parser<IceServer> = (value, path) => {
  const given = record(value, path);
  return {
    urls: [...list(text)(given["urls"], `${path}.urls`)],
    username: optional(nullable(text), null)(given["username"], `${path}.username`),
    credential: optional(nullable(text), null)(given["credential"], `${path}.credential`),
  };
};

const welcome = object<Welcome>({
  conference: integer,
  seat: integer,
  epoch: integer,
  ice_servers: optional(list(iceServer), []),
});

const seat = object<SeatView>({
  ...seatFields,
  called_at: nullable(text),
  hand_at: nullable(text),
  floor: flag,
  microphone: flag,
  heard: flag,
  muted_by: nullable(oneOf(seatRoleValues)),
  township: text,
  room: text,
  raised: flag,
});

const rollCall = object<RollCall>({
  number: integer,
  by: integer,
  started_at: text,
  late_at: text,
  expected: list(integer),
  answers: list(object<RollCall["answers"][number]>({ seat: integer, at: text, attendance: oneOf(attendanceValues) })),
});

const conference = object<ConferenceView>({
  id: integer,
  number: text,
  title: text,
  about,
  severity,
  code: text,
  opened_at: text,
  ended_at: nullable(text),
  floor: oneOf(floorRuleValues),
  locked: flag,
  lobby: flag,
  spotlight: nullable(integer),
  sub_rooms: list(object<ConferenceView["sub_rooms"][number]>({ code: text, name: text, opened_at: text, spotlight: nullable(integer) })),
  announcing: nullable(integer),
  seats: list(seat),
  roll_call: nullable(rollCall),
  recording: nullable(object<Recording>({ number: integer, by: integer, since: text })),
});

const state = object<RoomState>({
  version: integer,
  you: integer,
  role: oneOf(seatRoleValues),
  may: list(oneOf(ACT_NAMES)),
  rules: list(integer),
  may_speak: flag,
  recording_trouble: oneOf(RECORDING_TROUBLES),
  perceives: list(integer),
  divides: list(text),
  conference,
});

const line = object<Answer["video"][number]>({ index: integer, mid: text });

const sources: Parser<Readonly<Record<string, SourceKind>>> = (value, path) =>
  Object.fromEntries(Object.entries(record(value, path)).map(([mid, kind]) => [mid, source(kind, `${path}.${mid}`)]));

const answer = object<Answer>({
  epoch: integer,
  sdp: text,
  sources,
  video: list(line),
  audio: list(line),
  offer: optional(nullable(text), null),
  reach: optional(text, ""),
});
const slot = object<Slot>({ index: integer, seat: nullable(integer), source: nullable(source) });
const slots = object<Slots>({ main: nullable(slot), video: list(slot), heard: list(nullable(integer)) });
const flow = object<{ seat: number; sources: readonly SourceKind[] }>({ seat: integer, sources: list(source) });
const message = object<Message>({
  id: integer,
  seat: integer,
  name: text,
  text,
  at: text,
  file: optional(nullable(object<NonNullable<Message["file"]>>({ id: integer, name: text, type: text, size: integer })), null),
});

const seatLine = object<SeatLine>({
  seat: integer,
  level: oneOf(lineLevelValues),
  loss: nullable(number),
  round_trip_ms: nullable(integer),
  path: nullable(oneOf(PATHS)),
});

const invitation = object<Invitation>({
  conference: integer,
  number: text,
  title: text,
  about,
  severity,
  seat: integer,
  presence: oneOf(presenceValues),
  called_by: text,
  called_place: text,
  called_at: nullable(text),
  no_answer_at: nullable(text),
  automatic: flag,
  preempts: nullable(object<NonNullable<Invitation["preempts"]>>({ id: integer, number: text, title: text })),
});

type Shapes = { readonly [K in ServerFrame["type"]]: Parser<Omit<Extract<ServerFrame, { type: K }>, "type">> };

const FRAMES: Shapes = {
  welcome,
  state,
  answer,
  slots,
  speaking: object({ seats: list(integer) }),
  flows: object({ seats: list(flow) }),
  layers: object({ source, rids: list(text) }),
  messages: object({ messages: list(message) }),
  lines: object({ seats: list(seatLine) }),
  rejoin: object({ epoch: integer, reason: oneOf(REJOIN_REASONS), ice_servers: optional(list(iceServer), []) }),
  done: object({ id: integer, version: integer }),
  problem: object({ id: nullable(integer), code: oneOf([...REFUSALS, ...FRAME_PROBLEMS]), detail: optional(text, "") }),
  ended: object({ reason: oneOf(GONE_REASONS), to: optional(nullable(integer), null) }),
  heartbeat: object({ n: integer, now: text }),
};

/** A frame of `/ws/conference/{id}`; null for a type that this build does not know. */
export function parseRoomFrame(raw: string): ServerFrame | null {
  const frame = frameOf(raw);
  const type = text(frame["type"], "type");
  if (!Object.hasOwn(FRAMES, type)) return null;
  const parse = FRAMES[type as ServerFrame["type"]];
  return { ...parse(frame, type), type } as ServerFrame;
}

/** A frame of `/ws/invitations`. */
export function parseInvitations(raw: string): InvitationsFrame {
  const frame = frameOf(raw);
  switch (frame["type"]) {
    case "invitations":
      return { type: "invitations", items: list(invitation)(frame["items"], "items") };
    case "heartbeat":
      return { type: "heartbeat", now: text(frame["now"], "now") };
    default:
      return fail("type", "invitations | heartbeat");
  }
}
