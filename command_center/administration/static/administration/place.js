/* The map beside a position in a form: areas for orientation, click to place, drag to move. */
"use strict";
(function () {
  const MARK =
    '<svg width="26" height="36" viewBox="0 0 26 36" aria-hidden="true"><path d="M13 1C6.4 1 1 6.4 1 13c0 9 12 22 12 22s12-13 12-22C25 6.4 19.6 1 13 1z" fill="#1667c7" stroke="#fff" stroke-width="2"/><circle cx="13" cy="13" r="4.5" fill="#fff"/></svg>';
  const QUIET = { color: "#7a8694", weight: 1, opacity: 0.55, fillOpacity: 0, interactive: false };
  const CHOSEN = { color: "#1667c7", weight: 2, opacity: 1, fillColor: "#1667c7", fillOpacity: 0.12, interactive: false };

  function start(box) {
    const pane = box.querySelector(".place-map");
    const [lng, lat] = box.querySelectorAll("input.place-number");
    const note = box.querySelector(".place-note");
    const [south, west, north, east] = pane.dataset.bounds.split(",").map(Number);
    const locked = lng.disabled;
    const map = L.map(pane, { maxZoom: Number(pane.dataset.maxZoom), zoomSnap: 0.5, attributionControl: true });
    map.attributionControl.setPrefix(false);
    map.fitBounds([[south, west], [north, east]]);
    let mark = null;
    let areas = null;

    function show(position) {
      if (mark) mark.remove();
      mark = null;
      if (!position) return;
      const icon = L.divIcon({ className: "place-mark", html: MARK, iconSize: [26, 36], iconAnchor: [13, 35] });
      mark = L.marker(position, { icon: icon, draggable: !locked, keyboard: false, alt: pane.dataset.mark, title: pane.dataset.mark });
      mark.on("dragend", () => write(mark.getLatLng()));
      mark.addTo(map);
    }
    function write(position) {
      const at = position.wrap();
      lng.value = at.lng.toFixed(6);
      lat.value = at.lat.toFixed(6);
      show(at);
    }
    function read() {
      const x = parseFloat(lng.value);
      const y = parseFloat(lat.value);
      const good = Number.isFinite(x) && Number.isFinite(y) && Math.abs(x) <= 180 && Math.abs(y) <= 90;
      show(good ? L.latLng(y, x) : null);
      return mark !== null;
    }

    function chosenCode() {
      const field = document.getElementById("id_jurisdiction") || document.getElementById("id_code");
      if (field) return field.value;
      const shown = document.querySelector("[data-place-code]");
      return shown ? shown.dataset.placeCode : "";
    }
    function highlight(move) {
      if (!areas) return;
      const code = chosenCode();
      let target = null;
      areas.eachLayer((layer) => {
        const own = layer.feature.properties.code === code;
        layer.setStyle(own ? CHOSEN : QUIET);
        if (own) target = layer;
      });
      note.textContent = "";
      if (!target) return;
      target.bringToFront();
      const about = target.feature.properties;
      note.textContent = about.name + " " + about.code + (about.illustrative ? " · " + pane.dataset.illustrative : "");
      if (move) map.fitBounds(target.getBounds(), { padding: [18, 18], animate: false });
    }

    if (!locked) map.on("click", (event) => write(event.latlng));
    const clear = box.querySelector(".place-clear");
    clear.disabled = locked;
    clear.addEventListener("click", () => { lng.value = lat.value = ""; show(null); });
    for (const input of [lng, lat]) input.addEventListener("input", read);
    if (read()) map.setView(mark.getLatLng(), 14, { animate: false });

    fetch(pane.dataset.areas, { credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
      .then((collection) => {
        areas = L.geoJSON(collection, { style: () => QUIET }).addTo(map);
        if (!mark && areas.getLayers().length) map.fitBounds(areas.getBounds(), { padding: [12, 12], animate: false });
        highlight(true);
      })
      .catch((error) => { note.textContent = String(error.message); });
    fetch(pane.dataset.layers, { credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.json() : { layers: [] }))
      .then((found) => {
        for (const layer of found.layers) {
          L.tileLayer(layer.url, { attribution: layer.attribution, subdomains: layer.subdomains, maxZoom: layer.max_zoom }).addTo(map);
        }
      });

    const jurisdiction = document.getElementById("id_jurisdiction");
    if (jurisdiction && window.django && window.django.jQuery) {
      window.django.jQuery(jurisdiction).on("change", () => highlight(!mark));
    }
    const place = { map: map, mark: () => mark };
    pane.place = place;
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll(".place").forEach(start));
})();
