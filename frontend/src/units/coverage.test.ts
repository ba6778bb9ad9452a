import { describe, expect, it } from "vitest";
import { makeJurisdiction, makeUnit } from "@/feed/feed.test-support";
import { coverageOf } from "./coverage";

const areas = new Map(
  [
    makeJurisdiction({ code: "640181", parent: null }),
    makeJurisdiction({ code: "640181100", parent: "640181" }),
    makeJurisdiction({ code: "640181101", parent: "640181" }),
    makeJurisdiction({ code: "640181100200", parent: "640181100" }),
  ].map((area) => [area.code, area]),
);
const units = [
  makeUnit({ id: 1, code: "640181100", status: "available" }),
  makeUnit({ id: 2, code: "640181100200", status: "en_route" }),
  makeUnit({ id: 3, code: "640181101", status: "out_of_service" }),
  makeUnit({ id: 4, code: "640181", status: "available" }),
];
const told = (prefix: string | null): unknown =>
  coverageOf(units, areas, prefix).map(({ area, ready, inService, total }) => [area.code, ready, inService, total]);

describe("coverage", () => {
  it("counts below each part of the scope, those without anybody first", () => {
    expect(told(null)).toEqual([
      ["640181101", 0, 0, 1],
      ["640181100", 1, 2, 2],
    ]);
    expect(told("640181")).toEqual(told(null));
  });

  it("counts who is on duty, and who is still out for something", () => {
    const off = units.map((unit) => ({ ...unit, on_duty: false }));
    expect(coverageOf(off, areas, null).map(({ area, ready, inService }) => [area.code, ready, inService])).toEqual([
      ["640181100", 0, 1],
      ["640181101", 0, 0],
    ]);
  });

  it("of a township is that of its villages, and of a village nothing", () => {
    expect(told("640181100")).toEqual([["640181100200", 0, 1, 1]]);
    expect(told("640181100200")).toEqual([]);
  });
});
