import { describe, expect, it } from "vitest";
import { fitted, isOnSpot, photoForm } from "./photos";

describe("a photo", () => {
  it.each([
    [4000, 3000, 1600, 1200],
    [3000, 4000, 1200, 1600],
    [1600, 1600, 1600, 1600],
    [320, 200, 320, 200],
    [100_000, 10, 1600, 1],
  ])("of %i by %i is sent as %i by %i", (width, height, w, h) => {
    expect(fitted(width, height)).toEqual({ width: w, height: h });
  });
});

describe("on the spot", () => {
  const NOW = Date.UTC(2026, 10, 22, 10);
  it.each([
    ["the camera's picture of this moment", "camera", NOW - 4_000, true],
    ["an old file where the browser opened the collection instead", "camera", NOW - 3_600_000, false],
    ["a fresh file from the collection", "collection", NOW - 4_000, false],
    ["a file from a clock that is ahead", "camera", NOW + 600_000, false],
  ] as const)("%s", (_name, source, time, wanted) => {
    expect(isOnSpot(source, time, NOW)).toBe(wanted);
  });

  it("is told with its age, and with a place only where there is one", () => {
    const blob = new Blob(["x"]);
    const form = photoForm({ blob, agoMs: 60_000.4, onSpot: false, position: null });
    expect([form.get("taken_ago_ms"), form.get("on_spot"), form.has("lat")]).toEqual(["60000", "false", false]);
    const placed = photoForm({ blob, agoMs: -5, onSpot: true, position: { lat: 38.1, lng: 106.3 } });
    expect([placed.get("taken_ago_ms"), placed.get("lng")]).toEqual(["0", "106.3"]);
  });
});
