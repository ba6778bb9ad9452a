import { describe, expect, it } from "vitest";
import { readDegrees, suggestedId } from "./registering";

describe("degrees as typed", () => {
  it.each([
    ["", null],
    ["  ", null],
    ["106.25", 106.25],
    ["-0.5", -0.5],
    ["181", undefined],
    ["east", undefined],
    ["1e999", undefined],
  ])("%j is %j", (text, degrees) => {
    expect(readDegrees(text, 180)).toBe(degrees);
  });
});

describe("the id proposed for a waiting device", () => {
  it.each([
    ["zigbee2mqtt", "0x005043c95333194d", "0x005043c95333194d"],
    ["sparkplug", "Sparkplug B Devices/Raspberry Pi/Pibrella", "Sparkplug-B-Devices-Raspberry-Pi-Pibrella"],
    ["zigbee2mqtt", "烟感-3号楼", "3"],
    ["canonical", "lane-1", "lane-1"],
  ])("%s %s is %s", (codec, name, id) => {
    expect(suggestedId({ codec, external_id: name })).toBe(id);
  });
});
