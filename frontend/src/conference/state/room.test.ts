import { describe, expect, it } from "vitest";
import { EMPTY_ROOM, microphoneState, ownPart, reduceRoom } from "./room";
import { deedsFor } from "./deeds";
import { figuresOf, grouped, knockingAt, nameOf, ordered } from "./seats";
import { byRoom, spotlightOf, townshipsOf, whereOf } from "./subrooms";
import { makeSeat, makeState, makeView, TOWN, VILLAGE } from "./state.test-support";
import type { ServerFrame } from "./types";

function fold(...frames: readonly ServerFrame[]) {
  return frames.reduce(reduceRoom, EMPTY_ROOM);
}

describe("reduceRoom", () => {
  it("drops a state that is older", () => {
    const room = fold({ type: "state", ...makeState({ version: 5 }) }, { type: "state", ...makeState({ version: 4, you: 2 }) });
    expect(room.state?.you).toBe(1);
  });

  it("knows each message once, however often it comes", () => {
    const one = { id: 1, seat: 1, name: "一席", text: "一", at: "", file: null };
    const two = { ...one, id: 2, text: "二" };
    const room = fold({ type: "messages", messages: [one] }, { type: "messages", messages: [one, two] }, { type: "messages", messages: [one, two] });
    expect(room.messages.map(({ text }) => text)).toEqual(["一", "二"]);
  });

  it("tells a refusal of media from a refusal to come in, and an answer ends the first", () => {
    const media: ServerFrame = { type: "problem", id: null, code: "node_full", detail: "" };
    expect(fold(media)).toMatchObject({ mediaProblem: "node_full", refused: null });
    expect(fold({ type: "problem", id: null, code: "locked", detail: "" })).toMatchObject({ mediaProblem: null, refused: "locked" });
    expect(fold(media, { type: "answer", epoch: 1, sdp: "", sources: {}, video: [], audio: [], offer: null, reach: "" }).mediaProblem).toBeNull();
  });

  it("leaves a command's refusal to whoever gave it", () => {
    expect(fold({ type: "problem", id: 4, code: "locked", detail: "" })).toEqual(EMPTY_ROOM);
  });

  it("forgets who was in the slots when a new connection is needed, and keeps the seats", () => {
    const room = fold(
      { type: "state", ...makeState() },
      { type: "slots", main: null, video: [{ index: 0, seat: 2, source: "camera" }], heard: [] },
      { type: "rejoin", epoch: 2, reason: "media_moved", ice_servers: [] },
    );
    expect(room.slots).toBeNull();
    expect(room.state?.conference.seats).toHaveLength(3);
  });
});

describe("one's own microphone", () => {
  const of = (change: Partial<typeof VILLAGE>, maySpeak = true) =>
    ({ state: makeState({ you: 3, may_speak: maySpeak, conference: makeView({ seats: [makeSeat(), { ...VILLAGE, ...change }] }) }) });

  it.each([
    ["on", of({ microphone: true }), true],
    ["off", of({ microphone: false }), true],
    ["floor_needed", of({}, false), true],
    ["muted", of({ muted_by: "chair" }, false), true],
    ["missing", of({ muted_by: "chair" }), false],
  ] as const)("is %s", (expected, room, has) => {
    expect(microphoneState(room, has)).toBe(expected);
  });
});

describe("a roll call", () => {
  const call = { number: 1, by: 1, started_at: "", late_at: "", expected: [3], answers: [] };

  it("asks whom it expects, until they answer", () => {
    const asked = { state: makeState({ you: 3, conference: makeView({ roll_call: call }) }) };
    const answered = { state: makeState({ you: 3, conference: makeView({ roll_call: { ...call, answers: [{ seat: 3, at: "", attendance: "late" }] } }) }) };
    expect(ownPart(asked)).toBe("asked");
    expect(ownPart(answered)).toBe("answered");
    expect(ownPart({ state: makeState({ you: 2, conference: makeView({ roll_call: call }) }) })).toBe("none");
  });
});

describe("seats", () => {
  it("stand from the chair down, each township before its villages", () => {
    const other = makeSeat({ number: 9, level: "township", code: "640181101", role: "moderator" });
    expect(ordered([VILLAGE, other, TOWN, makeSeat()]).map(({ number }) => number)).toEqual([1, 2, 3, 9]);
  });

  it("with a hand up come first among those present, in the order of the hands", () => {
    const early = { ...VILLAGE, number: 4, hand_at: "2026-11-22T00:00:01.000Z" };
    const late = { ...VILLAGE, number: 5, hand_at: "2026-11-22T00:00:02.000Z" };
    const gone = { ...VILLAGE, number: 6, presence: "declined" as const };
    const groups = grouped([makeSeat(), late, gone, early]);
    expect(groups.present.map(({ number }) => number)).toEqual([4, 5, 1]);
    expect(groups.absent.map(({ number }) => number)).toEqual([6]);
    expect(figuresOf([makeSeat(), late, gone])).toEqual({ present: 2, called: 0, all: 3, hands: 1 });
  });

  it.each([
    ["a village in the room", VILLAGE, ["grant", "mute", "spotlight", "remove"]],
    ["a village that has the floor and is muted", { ...VILLAGE, floor: true, muted_by: "chair" as const }, ["revoke", "permit", "spotlight", "remove"]],
    ["somebody at the door", { ...VILLAGE, presence: "waiting" as const }, ["admit", "remove"]],
    ["somebody who is called", { ...VILLAGE, presence: "ringing" as const }, ["recall", "ring"]],
    ["somebody who declined", { ...VILLAGE, presence: "declined" as const }, ["ring"]],
    ["oneself", makeSeat(), ["spotlight"]],
  ] as const)("what a chair may do about %s", (_, seat, deeds) => {
    expect(deedsFor(makeState(), seat)).toEqual(deeds);
  });

  it("a participant may do nothing about others, and give the floor back", () => {
    const state = makeState({ you: 3, role: "participant", may: [], rules: [] });
    expect(deedsFor(state, TOWN)).toEqual([]);
    expect(deedsFor(state, { ...VILLAGE, floor: true })).toEqual(["revoke"]);
  });

  it("are not called by their place twice", () => {
    expect(nameOf({ place: "东塔镇", name: "东塔镇综治中心" }).place).toBe("");
    expect(nameOf({ place: "灵武市", name: "市指挥中心一席" }).place).toBe("灵武市");
  });
});

describe("sub-rooms", () => {
  const room = { code: "640181100", name: "东塔镇", opened_at: "", spotlight: 3 };
  const town = { ...TOWN, room: room.code };
  const village = { ...VILLAGE, room: room.code };
  const divided = (change: Partial<typeof VILLAGE>, you: number) =>
    makeState({ you, perceives: [], conference: makeView({ sub_rooms: [room], seats: [makeSeat(), town, { ...village, ...change }] }) });

  it("say where one is", () => {
    expect(whereOf(makeState())).toEqual({ kind: "undivided" });
    expect(whereOf(divided({}, 1))).toEqual({ kind: "whole", rooms: 1 });
    expect(whereOf(divided({}, 3))).toEqual({ kind: "sub_room", name: "东塔镇", announced: false });
    expect(whereOf(divided({ raised: true }, 3))).toEqual({ kind: "raised", name: "东塔镇" });
  });

  it("have a spotlight of their own, and seats that a chair may bring up", () => {
    expect(spotlightOf(divided({}, 3))).toBe(3);
    expect(spotlightOf(divided({}, 1))).toBeNull();
    expect(deedsFor(divided({}, 1), village)).toEqual(["grant", "mute", "bring_up", "remove"]);
    expect(deedsFor(divided({}, 1), { ...village, raised: true })).toContain("send_back");
    expect(byRoom(divided({}, 1), [makeSeat(), town, village]).map(({ seats }) => seats.length)).toEqual([1, 2]);
    expect(townshipsOf(divided({}, 1))).toEqual([{ code: room.code, name: "东塔镇", present: 2, open: true }]);
  });
});

describe("the door", () => {
  it("is answered by who rules, in the order of knocking", () => {
    const late = { ...VILLAGE, presence: "waiting" as const, since: "2026-11-22T00:00:09.000Z" };
    const early = { ...TOWN, presence: "waiting" as const, since: "2026-11-22T00:00:01.000Z" };
    const stranger = makeSeat({ number: 8, presence: "waiting" });
    const state = makeState({ conference: makeView({ seats: [makeSeat(), late, early, stranger] }) });
    expect(knockingAt(state).map(({ number }) => number)).toEqual([2, 3]);
  });
});
