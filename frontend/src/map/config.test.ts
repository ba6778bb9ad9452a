import { describe, expect, it } from "vitest";

import { chooseBase, fittingOverlays, NO_TILES, type MapConfig, type TileLayerConfig } from "./config";

function layer(id: string, over: Partial<TileLayerConfig> = {}): TileLayerConfig {
  return {
    id,
    name: id,
    url: "",
    kind: "xyz",
    role: "base",
    crs: "WGS84",
    attribution: "",
    subdomains: [],
    max_zoom: 18,
    ...over,
  };
}
const config: MapConfig = {
  ...NO_TILES,
  layers: [
    layer("vec"),
    layer("street", { crs: "GCJ02" }),
    layer("cva", { role: "overlay" }),
    layer("names", { role: "overlay", crs: "GCJ02" }),
  ],
};

describe("tile layers", () => {
  it("shows the remembered base, the first one for a newcomer, none when none was chosen or configured", () => {
    expect(chooseBase(config, "street")?.id).toBe("street");
    expect(chooseBase(config, undefined)?.id).toBe("vec");
    expect(chooseBase(config, "taken away")?.id).toBe("vec");
    expect(chooseBase(config, null)).toBeNull();
    expect(chooseBase(NO_TILES, "vec")).toBeNull();
  });

  it("offers only overlays of the base's coordinate system", () => {
    expect(fittingOverlays(config, chooseBase(config, "vec")).map(({ id }) => id)).toEqual(["cva"]);
    expect(fittingOverlays(config, chooseBase(config, "street")).map(({ id }) => id)).toEqual(["names"]);
    expect(fittingOverlays(config, null)).toEqual([]);
  });
});
