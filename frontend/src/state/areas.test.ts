import { describe, expect, it } from "vitest";
import { makeJurisdiction } from "@/feed/feed.test-support";
import { ancestry, outline, placeName, placeWithin, roots, within } from "./areas";

const city = makeJurisdiction();
const town = makeJurisdiction({ code: "640181100", name: "东塔镇", level: "township", parent: "640181" });
const village = makeJurisdiction({
  code: "640181100001",
  name: "城一村",
  level: "village",
  parent: "640181100",
});
const all = new Map([village, town, city].map((area) => [area.code, area]));

describe("places", () => {
  it("lie within a prefix, and everything within none", () => {
    expect(within("640181100001", "640181100")).toBe(true);
    expect(within("640181100001", "640181101")).toBe(false);
    expect(within("640181100001", null)).toBe(true);
  });

  it("are named by what the hall does not know already", () => {
    expect(placeName(all, "640181100001")).toBe("东塔镇 · 城一村");
    expect(placeName(all, "640181")).toBe("灵武市");
    expect(placeName(all, "999999")).toBe("999999");
  });

  it("are told apart by township in the city, by village in the township", () => {
    expect(placeWithin(all, "640181100001", null)).toBe("东塔镇");
    expect(placeWithin(all, "640181100001", "640181")).toBe("东塔镇");
    expect(placeWithin(all, "640181100001", "640181100")).toBe("城一村");
    expect(placeWithin(all, "640181100001", "640181100001")).toBe("城一村");
    const townOnly = new Map([town, village].map((area) => [area.code, area]));
    expect(placeWithin(townOnly, "640181100001", null)).toBe("城一村");
  });

  it("form a tree whose tops have no known parent", () => {
    expect(outline(all).map(({ area, depth }) => `${String(depth)}${area.name}`)).toEqual([
      "0灵武市",
      "1东塔镇",
      "2城一村",
    ]);
    expect(roots(new Map([[village.code, village]]))).toEqual([village]);
  });

  it("survive a parent that is its own ancestor", () => {
    const loop = makeJurisdiction({ code: "1", parent: "1" });
    expect(ancestry(new Map([["1", loop]]), "1")).toEqual([loop]);
  });
});
