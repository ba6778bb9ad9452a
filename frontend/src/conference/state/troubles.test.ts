import { expect, it } from "vitest";
import en from "../i18n/en";
import zh from "../i18n/zh-Hans";
import { canMend, isFull, isLoopback, troublesOf } from "./troubles";

it("says once what hinders both, and each where they differ", () => {
  expect(troublesOf({ cameraProblem: "refused", microphoneProblem: "refused" })).toEqual([{ what: "both", problem: "refused" }]);
  expect(troublesOf({ cameraProblem: "in_use", microphoneProblem: null })).toEqual([{ what: "camera", problem: "in_use" }]);
  expect(troublesOf({ cameraProblem: "missing", microphoneProblem: "in_use" }).map(({ what }) => what)).toEqual(["camera", "microphone"]);
  expect(troublesOf({ cameraProblem: null, microphoneProblem: null })).toEqual([]);
});

it("offers another try only where one can help", () => {
  expect(canMend(troublesOf({ cameraProblem: "insecure", microphoneProblem: "insecure" }))).toBe(false);
  expect(canMend(troublesOf({ cameraProblem: "refused", microphoneProblem: null }))).toBe(true);
  expect(["room_full", "node_full", "no_codec", "bad_offer", "media_unavailable"].filter((one) => isFull(one as never))).toEqual([
    "room_full",
    "node_full",
  ]);
});

it("knows an address that leads nowhere but here", () => {
  expect(isLoopback("127.0.0.1:8189")).toBe(true);
  expect(isLoopback("192.0.2.2:8189")).toBe(false);
});

it("has words for each of them in both languages", () => {
  for (const { call } of [zh, en]) {
    for (const what of ["camera", "microphone", "both"] as const) {
      expect(Object.keys(call[what]).sort()).toEqual(["failed", "in_use", "insecure", "missing", "refused"]);
    }
  }
});
