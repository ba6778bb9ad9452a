import { describe, expect, it } from "vitest";

import {
  AreasFormatError,
  areaAt,
  drawArea,
  namePlaces,
  parseAreas,
  pathOf,
  searchAreas,
  visibleLevels,
  type DrawnArea,
} from "./areas";
import { projectionOf } from "./crs";
import { toWorld } from "./mercator";
import { contains } from "./polygon";

function square(lng: number, lat: number, size: number): number[][][] {
  return [
    [
      [lng, lat],
      [lng + size, lat],
      [lng + size, lat + size],
      [lng, lat + size],
      [lng, lat],
    ],
  ];
}
function feature(code: string, name: string, level: string, coordinates: unknown, type = "Polygon"): unknown {
  return {
    type: "Feature",
    properties: { code, name, level, illustrative: level !== "city" },
    geometry: { type, coordinates },
  };
}
const COLLECTION = {
  type: "FeatureCollection",
  features: [
    feature("640181", "灵武市", "city", square(106, 37.5, 1)),
    feature("640181100", "东塔镇", "township", square(106, 37.5, 0.5)),
    feature("640181101", "郝家桥镇", "township", square(106.5, 37.5, 0.5)),
    feature("640181100205", "东塔村委会", "village", [square(106.1, 37.6, 0.1)], "MultiPolygon"),
  ],
};
const areas = parseAreas(COLLECTION);
const drawn = areas
  .map((area) => drawArea(area, projectionOf("WGS84")))
  .filter((area): area is DrawnArea => area !== null);

describe("parseAreas", () => {
  it("reads polygons and multipolygons", () => {
    expect(areas.map(({ code, illustrative }) => [code, illustrative])).toEqual([
      ["640181", false],
      ["640181100", true],
      ["640181101", true],
      ["640181100205", true],
    ]);
  });

  it("leaves out what has no outline", () => {
    const bare = {
      ...COLLECTION,
      features: [{ type: "Feature", properties: { code: "1", name: "x", level: "city" }, geometry: null }],
    };
    expect(parseAreas(bare)).toEqual([]);
  });

  it.each([
    [null],
    [{ features: "no" }],
    [{ features: [{}] }],
    [{ features: [feature("1", "x", "moon", square(0, 0, 1))] }],
    [{ features: [feature("1", "x", "city", [[["a", "b"]]])] }],
  ])("refuses %j", (body) => {
    expect(() => parseAreas(body)).toThrow(AreasFormatError);
  });
});

describe("levels and names by zoom", () => {
  it("shows the village lines only once they are legible", () => {
    expect([...visibleLevels(drawn, 2 ** 6)]).toEqual(["city"]);
    expect([...visibleLevels(drawn, 2 ** 8)]).toEqual(["city", "township"]);
    expect([...visibleLevels(drawn, 2 ** 11)]).toEqual(["city", "township", "village"]);
  });

  it("always shows the topmost level there is", () => {
    expect([...visibleLevels(drawn.slice(1), 1)]).toEqual(["township"]);
    expect([...visibleLevels([], 1)]).toEqual([]);
  });

  it("finds places inside the area, and none when the name is too wide", () => {
    const village = drawn.find(({ area }) => area.level === "village");
    if (village === undefined) throw new Error("no village");
    const scale = 2 ** 11;
    const places = namePlaces(village, scale, 60, 14);
    expect(places.length).toBeGreaterThan(1);
    for (const [x, y] of places) expect(contains(village.main, [x / scale, y / scale])).toBe(true);
    expect(namePlaces(village, 2 ** 6, 60, 14)).toEqual([]);
  });

  it("takes a click for the smallest area drawn there", () => {
    const point = toWorld([106.15, 37.65]);
    expect(areaAt(drawn, new Set(["city", "township", "village"]), point)?.code).toBe("640181100205");
    expect(areaAt(drawn, new Set(["city", "township"]), point)?.code).toBe("640181100");
    expect(areaAt(drawn, new Set(["city"]), toWorld([80, 40]))).toBeNull();
  });
});

describe("pathOf", () => {
  it("leads from the widest area down", () => {
    const village = areas.find(({ level }) => level === "village");
    expect(village === undefined ? [] : pathOf(areas, village)).toEqual(["灵武市", "东塔镇", "东塔村委会"]);
  });
});

describe("searchAreas", () => {
  it("finds by name or code, the wider area first", () => {
    expect(searchAreas(areas, "东塔").map(({ code }) => code)).toEqual(["640181100", "640181100205"]);
    expect(searchAreas(areas, "640181101").map(({ name }) => name)).toEqual(["郝家桥镇"]);
    expect(searchAreas(areas, "桥").map(({ name }) => name)).toEqual(["郝家桥镇"]);
    expect(searchAreas(areas, "  ")).toEqual([]);
    expect(searchAreas(areas, "nowhere")).toEqual([]);
  });
});
