import { describe, expect, it } from "vitest";
import { type LineFigures, sorted } from "./figures";

const row = (key: string, trouble: number, height: number | null) => ({ key, figures: { trouble, height } as LineFigures });
const ROWS = [row("fair", 2, 360), row("good", 0, 720), row("silent", 1, null), row("poor", 9, 180)];
const keys = (...order: Parameters<typeof sorted> extends [unknown, ...infer Rest] ? Rest : never) => sorted(ROWS, ...order).map((one) => (one as (typeof ROWS)[number]).key);

describe("the table of lines", () => {
  it("shows the worst line first, and with another click the best", () => {
    expect(keys("trouble", false)).toEqual(["poor", "fair", "silent", "good"]);
    expect(keys("trouble", true)).toEqual(["good", "silent", "fair", "poor"]);
  });
  it("knows of what little is bad, and puts what is not known last", () => {
    expect(keys("height", false)).toEqual(["poor", "fair", "good", "silent"]);
    expect(keys("height", true)).toEqual(["good", "fair", "poor", "silent"]);
  });
});
