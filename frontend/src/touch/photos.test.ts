import { describe, expect, it } from "vitest";
import { fitted } from "./photos";

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
