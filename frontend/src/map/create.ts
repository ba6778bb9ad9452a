/** Every Leaflet map of these pages is made here: how it moves, and its scale. */
export function createMap(container: HTMLElement, calm: boolean): L.Map {
  const map = L.map(container, {
    zoomControl: false,
    attributionControl: false,
    zoomSnap: 0.5,
    wheelPxPerZoomLevel: 90,
    inertia: false,
    fadeAnimation: false,
    zoomAnimation: !calm,
    minZoom: 3,
    maxZoom: 18,
    keyboardPanDelta: 120,
  });
  map.setView([36, 104], 5, { animate: false });
  L.control.scale({ metric: true, imperial: false, position: "bottomleft", maxWidth: 120 }).addTo(map);
  return map;
}
