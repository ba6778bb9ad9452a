import { describe, expect, it } from "vitest";
import { distanceOf } from "./cameras";

describe("how far a camera stands", () => {
  it("is said in tens of metres, then in kilometres", () => {
    expect(distanceOf(2)).toEqual({ unit: "metres", n: 10 });
    expect(distanceOf(347)).toEqual({ unit: "metres", n: 350 });
    expect(distanceOf(994)).toEqual({ unit: "metres", n: 990 });
    expect(distanceOf(996)).toEqual({ unit: "kilometres", n: 1 });
    expect(distanceOf(12_340)).toEqual({ unit: "kilometres", n: 12.3 });
  });
});
