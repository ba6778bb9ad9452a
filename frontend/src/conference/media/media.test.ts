import { describe, expect, it } from "vitest";
import { audioOf, problemOf, videoOf } from "./devices";
import { activeOf, byPreference, cameraEncodings, nodeAddress } from "./encodings";
import { levelOf } from "./level";

const CHOICE = { thin: false, rear: false, camera: "", microphone: "" };

describe("devices", () => {
  it.each([
    ["NotAllowedError", "refused"],
    ["NotReadableError", "in_use"],
    ["NotFoundError", "missing"],
    ["OverconstrainedError", "missing"],
    ["TypeError", "failed"],
  ])("%s is %s", (name, problem) => {
    expect(problemOf(new DOMException("", name))).toBe(problem);
  });

  it("a patrol shows the place, a thin line small pictures, and a choice is kept to", () => {
    expect(videoOf({ ...CHOICE, rear: true })).toMatchObject({ facingMode: { ideal: "environment" } });
    expect(videoOf({ ...CHOICE, thin: true })).toMatchObject({ height: { ideal: 180 } });
    expect(videoOf({ ...CHOICE, camera: "c1" })).toMatchObject({ deviceId: { ideal: "c1" } });
    expect(audioOf({ ...CHOICE, microphone: "m1" })).toMatchObject({ deviceId: { ideal: "m1" }, echoCancellation: true });
  });
});

describe("what is sent", () => {
  it("is three sizes of the camera, or one on a thin line", () => {
    expect(cameraEncodings(false).map(({ rid, scaleResolutionDownBy }) => [rid, scaleResolutionDownBy])).toEqual([
      ["q", 4],
      ["h", 2],
      ["f", 1],
    ]);
    expect(cameraEncodings(true).map(({ rid }) => rid)).toEqual([undefined]);
  });

  it("pauses what nobody watches, but never the smallest", () => {
    const encodings = [{ rid: "q" }, { rid: "h" }, { rid: "f" }];
    expect(activeOf(encodings, ["f"])).toEqual([true, false, true]);
    expect(activeOf(encodings, [])).toEqual([true, false, false]);
    expect(activeOf([{}], [""])).toEqual([true]);
  });

  it("is VP8 before all else", () => {
    const codecs = ["video/H264", "video/rtx", "video/VP8"].map((mimeType) => ({ mimeType }));
    expect(byPreference(codecs).map(({ mimeType }) => mimeType)).toEqual(["video/VP8", "video/H264", "video/rtx"]);
  });
});

it("says what a firewall has to let through", () => {
  expect(nodeAddress("v=0\r\na=candidate:1 1 udp 2130706431 10.0.0.5 8190 typ host\r\n")).toBe("10.0.0.5:8190");
  expect(nodeAddress("v=0\r\n")).toBe("");
});

it("measures silence as 0 and a loud voice as 1", () => {
  expect(levelOf(new Float32Array(8))).toBe(0);
  expect(levelOf(new Float32Array(8).fill(0.5))).toBe(1);
});
