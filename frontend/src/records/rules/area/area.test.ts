import { describe, expect, it } from "vitest";
import type { Device } from "@/feed/types";
import { emptyNode } from "../tree";
import { nodesOf } from "./nodes";
import { caught, meant } from "./target";
import { figureOf, figureOfNode, illegible, textsOf } from "./texts";

const POLYGON = { type: "Polygon", coordinates: [[[106, 38], [106.01, 38], [106.01, 38.01], [106, 38]]] };

describe("an area in the form", () => {
  it("is drawn from its texts and told in them again", () => {
    const { text } = emptyNode("area");
    expect(figureOf("circle", text)).toEqual({ kind: "circle", center: null, radius: 500 });
    Object.assign(text, { lat: "38.1", lng: "106.3", radius_m: "750", polygon: JSON.stringify(POLYGON) });
    expect(textsOf(figureOf("circle", text))).toEqual({ lat: "38.1", lng: "106.3", radius_m: "750" });
    expect(JSON.parse(textsOf(figureOf("polygon", text)).polygon ?? "")).toEqual(POLYGON);
  });

  it.each([{ lat: "95" }, { lng: "x" }, { lng: "" }, { lat: "181" }])("has no centre while a number is none: %j", (wrong) => {
    const text = { ...emptyNode("area").text, lat: "38", lng: "106", ...wrong };
    expect(figureOf("circle", text)).toMatchObject({ center: null });
  });

  it("keeps a radius that cannot be drawn as it was typed", () => {
    const text = { ...emptyNode("area").text, lat: "38", lng: "106", radius_m: "many" };
    expect(textsOf(figureOf("circle", text))).not.toHaveProperty("radius_m");
  });

  it("tells a text out of which no outline can be read", () => {
    expect(["", " ", "{", '{"type":"Point"}', JSON.stringify(POLYGON)].map(illegible)).toEqual([false, false, true, true, false]);
  });
});

describe("the areas of a rule", () => {
  it("are found wherever they stand", () => {
    const area = { type: "area", circle: { lat: 38, lng: 106, radius_m: 10 } };
    const other = { type: "area", polygon: POLYGON };
    const found = nodesOf({ type: "all", of: [area, { type: "not", of: { type: "held", for_s: 1, of: other } }, { type: "absence", for_s: 1 }] }, "area");
    expect(found).toEqual([area, other]);
    expect(found.map(figureOfNode).map((figure) => figure?.kind)).toEqual(["circle", "outline"]);
    expect(nodesOf(null, "area")).toEqual([]);
    expect(figureOfNode({ type: "area", polygon: { type: "Moon" } })).toBeNull();
  });
});

describe("the devices of a rule", () => {
  const device = (id: string, kind: string, code: string, lng: number | null): Device => ({ id, kind, code, lng, lat: lng === null ? null : 38 }) as unknown as Device;
  const devices = [device("a", "smoke", "640181001001", 106), device("b", "camera", "640181001002", 106), device("c", "smoke", "640181002001", 107), device("d", "smoke", "640181001001", null)];
  const ids = (found: readonly Device[]): string => found.map(({ id }) => id).join("");

  it("are those of its kinds below its jurisdiction, or the one that it names", () => {
    expect(ids(meant(devices, { code: "640181001", kinds: [], device: "" }))).toBe("abd");
    expect(ids(meant(devices, { code: "640181001", kinds: ["smoke"], device: "" }))).toBe("ad");
    expect(ids(meant(devices, { code: null, kinds: ["smoke"], device: "" }))).toBe("acd");
    expect(ids(meant(devices, { code: "640181002", kinds: ["camera"], device: "b" }))).toBe("b");
  });

  it("are counted as they stand", () => {
    expect(caught([{ kind: "circle", center: [106, 38], radius: 100 }, { kind: "circle", center: [106, 38], radius: 500 }], devices)).toEqual({ inside: 2, all: 4, unplaced: 1 });
  });
});
