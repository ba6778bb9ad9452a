/** Values of a room, with every field. */
import type { ConferenceView, Invitation, RoomState, SeatView } from "./types";

export function makeSeat(change: Partial<SeatView> = {}): SeatView {
  return {
    number: 1,
    kind: "post",
    name: "市指挥中心一席",
    place: "灵武市",
    level: "city",
    code: "640181",
    role: "chair",
    presence: "joined",
    since: "2026-11-22T00:00:00.000Z",
    automatic: false,
    device: "",
    called_at: null,
    hand_at: null,
    floor: false,
    microphone: true,
    heard: true,
    muted_by: null,
    township: "",
    room: "",
    raised: false,
    ...change,
  };
}

export const TOWN = makeSeat({ number: 2, name: "东塔镇综治中心", place: "东塔镇", township: "东塔镇", level: "township", code: "640181100", role: "moderator" });
export const VILLAGE = makeSeat({ number: 3, name: "城一村值班员", place: "城一村委会", township: "东塔镇", level: "village", code: "640181100200", role: "participant", heard: false });

export const CAMERA = makeSeat({ number: 4, kind: "camera", name: "北门球机", place: "城一村委会", level: "village", code: "640181100200", role: "participant", heard: false, microphone: false, device: "CAM-1" });

export function makeView(change: Partial<ConferenceView> = {}): ConferenceView {
  return {
    id: 7,
    number: "HS20261122-0001",
    title: "消防通道占用",
    about: { kind: "incident", id: "1", label: "消防通道占用", code: "640181100200" },
    severity: 2,
    code: "640181",
    opened_at: "2026-11-22T00:00:00.000Z",
    ended_at: null,
    floor: "asked",
    locked: false,
    lobby: false,
    spotlight: null,
    sub_rooms: [],
    announcing: null,
    seats: [makeSeat(), TOWN, VILLAGE],
    roll_call: null,
    recording: null,
    ...change,
  };
}

export function makeState(change: Partial<RoomState> = {}): RoomState {
  return { version: 1, you: 1, role: "chair", may: ["invite", "set_rules", "end", "roll_call", "mute_all", "bring_up", "announce"], rules: [2, 3], may_speak: true, perceives: [2, 3], divides: ["640181100"], recording_trouble: "", conference: makeView(), ...change };
}

export function makeInvitation(change: Partial<Invitation> = {}): Invitation {
  return {
    conference: 7,
    number: "HS20261122-0001",
    title: "消防通道占用",
    about: { kind: "incident", id: "1", label: "消防通道占用", code: "640181100200" },
    severity: 3,
    seat: 3,
    presence: "ringing",
    called_by: "市指挥中心一席",
    called_place: "灵武市",
    called_at: "2026-11-22T00:00:00.000Z",
    no_answer_at: "2026-11-22T00:00:45.000Z",
    automatic: false,
    preempts: null,
    ...change,
  };
}
