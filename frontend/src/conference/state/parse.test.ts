import { describe, expect, it } from "vitest";
import { FormatError } from "@/api/shape";
import { parseInvitations, parseRoomFrame } from "./parse";
import { makeInvitation, makeState } from "./state.test-support";
import type { ServerFrame } from "./types";

const FRAMES: readonly ServerFrame[] = [
  { type: "welcome", conference: 7, seat: 3, epoch: 1, ice_servers: [{ urls: ["turn:t"], username: "u", credential: "c" }] },
  { type: "state", ...makeState() },
  {
    type: "state",
    ...makeState({
      conference: {
        ...makeState().conference,
        roll_call: {
          number: 1,
          by: 1,
          started_at: "2026-11-22T00:00:00.000Z",
          late_at: "2026-11-22T00:01:00.000Z",
          expected: [2, 3],
          answers: [{ seat: 2, at: "2026-11-22T00:00:10.000Z", attendance: "present" }],
        },
      },
    }),
  },
  { type: "answer", epoch: 1, sdp: "v=0", sources: { "0": "camera" }, video: [{ index: 0, mid: "3" }], audio: [{ index: 0, mid: "12" }], offer: null, reach: "" },
  { type: "slots", main: null, video: [{ index: 0, seat: 1, source: "camera" }], heard: [1, null, null] },
  { type: "speaking", seats: [1] },
  { type: "flows", seats: [{ seat: 1, sources: ["camera", "microphone"] }] },
  { type: "layers", source: "camera", rids: ["q"] },
  { type: "messages", messages: [{ id: 1, seat: 1, name: "一席", text: "到位", at: "2026-11-22T00:00:00.000Z", file: null }] },
  { type: "rejoin", epoch: 2, reason: "media_moved", ice_servers: [] },
  { type: "done", id: 1, version: 13 },
  { type: "problem", id: null, code: "media_unavailable", detail: "" },
  { type: "ended", reason: "called_away", to: 9 },
  { type: "heartbeat", n: 4, now: "2026-11-22T00:00:00.000Z" },
];

describe("parseRoomFrame", () => {
  it.each(FRAMES)("gives $type back as it was sent", (frame) => {
    expect(parseRoomFrame(JSON.stringify(frame))).toEqual(frame);
  });

  it("leaves out a type that it does not know", () => {
    expect(parseRoomFrame('{"type":"recording","on":true}')).toBeNull();
  });

  it.each([
    ["not json", "{"],
    ["no type", "{}"],
    ["an unknown reason", '{"type":"rejoin","epoch":1,"reason":"whim"}'],
    ["a slot without its seat", '{"type":"slots","main":null,"video":[{"index":0}],"heard":[]}'],
  ])("refuses %s", (_, raw) => {
    expect(() => parseRoomFrame(raw)).toThrow(FormatError);
  });
});

describe("parseInvitations", () => {
  it("gives a list back as it was sent", () => {
    const frame = { type: "invitations", items: [makeInvitation(), makeInvitation({ preempts: { id: 1, number: "n", title: "t" } })] };
    expect(parseInvitations(JSON.stringify(frame))).toEqual(frame);
  });

  it("refuses what is neither", () => {
    expect(() => parseInvitations('{"type":"state"}')).toThrow(FormatError);
  });
});
