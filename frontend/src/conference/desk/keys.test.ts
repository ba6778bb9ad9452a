import { describe, expect, it } from "vitest";
import { ROOM_KEYS } from "./roomKeys";

describe("the room's keys", () => {
  it("mean one thing each", () => {
    const keys = Object.values(ROOM_KEYS);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
