/** The raster layers under the map; none exist, and nothing is requested, unless one was configured and chosen. */
import { chooseBase, fittingOverlays, type MapConfig, type TileLayerConfig } from "./config";
import type { Crs } from "./crs";

/** This many tiles of one view failing in a row means the source is out of reach, not one tile missing. */
const FAILURES_BEFORE_SAYING = 4;

export class Tiles {
  private config: MapConfig | null = null;
  private layers: L.TileLayer[] = [];
  private key = "";
  private attribution: L.Control.Attribution | null = null;

  constructor(
    private readonly map: L.Map,
    private readonly onFailure: (name: string | null) => void,
  ) {
    map.createPane("lingdun-tiles").style.zIndex = "200";
  }

  setConfig(config: MapConfig): void {
    this.config = config;
  }

  /** Shows a base and its overlays; returns the coordinate system that everything else is drawn in. */
  show(base: string | null | undefined, overlays: readonly string[]): Crs {
    const config = this.config;
    const chosen = config === null ? null : chooseBase(config, base);
    const over =
      config === null ? [] : fittingOverlays(config, chosen).filter((layer) => overlays.includes(layer.id));
    const wanted = chosen === null ? [] : [chosen, ...over];
    const key = wanted.map((layer) => layer.id).join(" ");
    if (key !== this.key) {
      this.key = key;
      for (const layer of this.layers) layer.remove();
      this.onFailure(null);
      this.layers = wanted.map((layer, index) => this.create(layer, index));
      this.attribute(wanted);
    }
    this.map.getContainer().classList.toggle("lm-tiled", wanted.length > 0);
    this.map.options.zoomSnap = wanted.length > 0 ? 1 : 0.5; // pictures blur between zooms, lines do not
    return chosen?.crs ?? "WGS84";
  }

  private create(layer: TileLayerConfig, index: number): L.TileLayer {
    let failures = 0;
    const tiles = L.tileLayer(layer.url, {
      pane: "lingdun-tiles",
      zIndex: index + 1,
      maxNativeZoom: layer.max_zoom,
      maxZoom: 24,
      ...(layer.subdomains.length > 0 ? { subdomains: [...layer.subdomains] } : {}),
    });
    tiles.on("tileload", () => {
      failures = 0;
      this.onFailure(null);
    });
    tiles.on("tileerror", () => {
      failures += 1;
      if (failures === FAILURES_BEFORE_SAYING) this.onFailure(layer.name);
    });
    return tiles.addTo(this.map);
  }

  private attribute(layers: readonly TileLayerConfig[]): void {
    this.attribution?.remove();
    this.attribution = null;
    const credits = [...new Set(layers.map((layer) => layer.attribution).filter((text) => text !== ""))];
    if (credits.length === 0) return;
    this.attribution = L.control.attribution({ prefix: false, position: "bottomright" }).addTo(this.map);
    for (const credit of credits) this.attribution.addAttribution(asText(credit));
  }
}

/** Leaflet takes attributions as markup; a configured text stays a text. */
function asText(text: string): string {
  const element = document.createElement("span");
  element.textContent = text;
  return element.innerHTML;
}
