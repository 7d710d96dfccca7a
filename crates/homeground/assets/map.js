// The map: ground by class on any day, the list beside it, the day slider under it.
//
// The server sends every face of ground once, with the days between which it was of which class. Choosing a
// day is a filter, so dragging through the years waits for nobody. The dashed conservative outline depends on
// the day in a way that only the server knows; it is asked for when the slider rests.

import * as maplibregl from "./maplibre/maplibre-gl.mjs";
import { area, length, readout } from "./utm.js";

maplibregl.setWorkerUrl(new URL("./maplibre/maplibre-gl-worker.mjs", import.meta.url).href);

const host = document.getElementById("map");
const set = host.dataset;
const slider = document.getElementById("day");
const date = document.getElementById("day-date");
const side = document.getElementById("side");
const panel = document.getElementById("panel");
const readoutLine = document.getElementById("readout");
const grid = document.getElementById("grid");
const print = document.getElementById("print");
const FOREVER = 1e9;
const CLASSES = ["SHA", "CHA", "CANCELLED", "REDUCED", "CLEARED"];
const EMPTY = { type: "FeatureCollection", features: [] };

const iso = (day) => new Date(day * 864e5).toISOString().slice(0, 10);
const dayOf = (text) => Math.round(Date.parse(text) / 864e5);
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

let day = Number(slider.value);
let selected = location.hash.slice(1);
let measuring = null;
let data = {};

/** A layer of the programme for the moment that is shown. */
async function layer(name, more = {}) {
  const url = new URL(`/map/layers/${name}.geojson`, location.href);
  const asked = new URLSearchParams(location.search);
  if (asked.has("known_at")) url.searchParams.set("known_at", asked.get("known_at"));
  for (const [key, value] of Object.entries(more)) url.searchParams.set(key, value);
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response.json();
}

/** One feature for each stretch of days during which a face was of one class; coordinates are shared. */
function stretches(collection) {
  const features = [];
  for (const { geometry, properties } of collection.features) {
    for (const { class: word, from, to } of properties.stretches) {
      const { entry, name } = properties;
      features.push({ type: "Feature", geometry, properties: { entry, name, class: word, from, to: to ?? FOREVER } });
    }
  }
  return { type: "FeatureCollection", features };
}

const onDay = () => ["all", ["<=", ["get", "from"], day], [">", ["get", "to"], day]];
const until = () => ["<=", ["get", "day"], day];
const seen = () => ["all", until(), ["==", ["geometry-type"], "Point"]];
const ofSelected = () => ["all", onDay(), ["==", ["get", "entry"], selected]];

/** Edges in the colours of the classes: at the scale of a district they are all that is seen of a field. */
function edges() {
  const colours = CLASSES.map((word) => [word, token(word === "SHA" || word === "CHA" ? `--${word.toLowerCase()}` : `--${word.toLowerCase()}-edge`)]);
  return ["match", ["get", "class"], ...colours.flat(), token("--soft")];
}

/** The patterns of the classes, drawn once for the map. */
function pattern(word) {
  const size = 16;
  const canvas = new OffscreenCanvas(size, size);
  const draw = canvas.getContext("2d");
  const name = word.toLowerCase();
  draw.fillStyle = token(`--${name}`);
  draw.fillRect(0, 0, size, size);
  draw.strokeStyle = draw.fillStyle = token(`--${name}-line`) || "#000";
  const slant = (up) => {
    for (const shift of [-size, 0, size]) {
      draw.moveTo(shift, up ? size : 0);
      draw.lineTo(shift + size, up ? 0 : size);
    }
  };
  draw.beginPath();
  if (word === "CHA" || word === "SHA") slant(true);
  if (word === "CHA") slant(false);
  if (word === "REDUCED") for (const y of [4, 12]) draw.moveTo(0, y), draw.lineTo(size, y);
  if (word === "SHA") draw.lineWidth = 2;
  draw.stroke();
  if (word === "CANCELLED") for (const [x, y] of [[3, 3], [11, 11]]) draw.fillRect(x, y, 2, 2);
  return draw.getImageData(0, 0, size, size);
}

function style() {
  const ink = token("--ink");
  const soft = token("--soft");
  const paper = token("--paper");
  const outline = token("--outline");
  const accent = token("--accent");
  const source = (name) => ({ type: "geojson", data: data[name] ?? EMPTY });
  const line = (id, from, paint, filter) => ({ id, type: "line", source: from, paint, ...(filter && { filter }) });
  const text = (id, from, size, halo, layout = {}) => ({
    id, type: "symbol", source: from,
    layout: { "text-field": ["get", "name"], "text-font": ["sans-serif"], "text-size": size, "text-offset": [0, 0.9], "text-anchor": "top", ...layout },
    paint: { "text-color": ink, "text-halo-color": halo, "text-halo-width": 1.5 },
  });
  const names = ["graticule", "units", "routes", "ground", "conservative", "proposed", "observations", "finds", "places", "measure"];
  const relief = set.relief && JSON.parse(set.relief);
  if (relief) relief.url = new URL(relief.url, location.href).href;
  return {
    version: 8,
    sources: { ...Object.fromEntries(names.map((name) => [name, source(name)])), ...(relief && { relief: { type: "image", ...relief } }) },
    layers: [
      { id: "paper", type: "background", paint: { "background-color": paper } },
      ...(relief ? [{ id: "relief", type: "raster", source: "relief", paint: { "raster-opacity": 0.5, "raster-resampling": "linear" } }] : []),
      line("graticule", "graticule", { "line-color": token("--line"), "line-width": 1 }),
      line("units", "units", { "line-color": soft, "line-width": 1, "line-dasharray": [6, 2, 1, 2] }),
      { id: "ground", type: "fill", source: "ground", filter: onDay(), paint: { "fill-pattern": ["get", "class"] } },
      line("ground-edge", "ground", { "line-color": edges(), "line-width": ["interpolate", ["linear"], ["zoom"], 9, 2, 14, 1] }, onDay()),
      line("routes", "routes", { "line-color": soft, "line-width": 1.5 }),
      { ...line("conservative", "conservative", { "line-color": outline, "line-width": 1.5, "line-dasharray": [4, 3] }), minzoom: 11.5 },
      line("proposed", "proposed", { "line-color": accent, "line-width": 2, "line-dasharray": [1, 2] }, until()),
      line("selected", "ground", { "line-color": accent, "line-width": 3 }, ofSelected()),
      line("observed", "observations", { "line-color": soft, "line-width": 1, "line-dasharray": [2, 2] }, until()),
      { id: "observations", type: "circle", source: "observations", filter: seen(),
        paint: { "circle-radius": 4, "circle-color": paper, "circle-stroke-color": accent, "circle-stroke-width": 1.5 } },
      { id: "finds", type: "circle", source: "finds", filter: until(), minzoom: 11.5,
        paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, 1.5, 15, 4], "circle-color": ink, "circle-stroke-color": paper, "circle-stroke-width": 1 } },
      { id: "places", type: "circle", source: "places", paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, 1.5, 12, 4], "circle-color": paper, "circle-stroke-color": soft, "circle-stroke-width": 1 } },
      text("unit-names", "units", 12, paper, { "text-offset": [0, 0], "text-anchor": "center" }),
      text("place-names", "places", 12, paper),
      { ...text("proposed-names", "proposed", 11, paper), filter: until() },
      line("measure", "measure", { "line-color": accent, "line-width": 2 }),
      { id: "measure-points", type: "circle", source: "measure", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 4, "circle-color": accent } },
    ],
  };
}

const map = new maplibregl.Map({
  container: host,
  style: { version: 8, sources: {}, layers: [] },
  bounds: JSON.parse(set.bounds),
  fitBoundsOptions: { padding: 32 },
  attributionControl: false,
  dragRotate: false,
  pitchWithRotate: false,
  touchPitch: false,
  maxZoom: 21,
  localIdeographFontFamily: "sans-serif",
});
map.touchZoomRotate.disableRotation();
map.keyboard.disableRotation();
map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
map.addControl(new maplibregl.ScaleControl({ maxWidth: 120 }), "bottom-left");
map.getCanvas().setAttribute("aria-label", set.label);

/** Lines of round degrees, as dense as the view bears. */
function graticule() {
  const bounds = map.getBounds();
  const step = [10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001].find((s) => (bounds.getEast() - bounds.getWest()) / s >= 4) ?? 0.001;
  const lines = [];
  const [w, e] = [Math.floor(bounds.getWest() / step) - 1, Math.ceil(bounds.getEast() / step) + 1];
  const [s, n] = [Math.floor(bounds.getSouth() / step) - 1, Math.ceil(bounds.getNorth() / step) + 1];
  for (let x = w; x <= e; x++) lines.push([[x * step, s * step], [x * step, n * step]]);
  for (let y = s; y <= n; y++) lines.push([[w * step, y * step], [e * step, y * step]]);
  data.graticule = { type: "FeatureCollection", features: [{ type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates: lines } }] };
  map.getSource("graticule")?.setData(data.graticule);
}

function dress() {
  map.setStyle(style(), { diff: false });
  map.once("styledata", () => {
    for (const word of CLASSES) if (!map.hasImage(word)) map.addImage(word, pattern(word), { pixelRatio: 2 });
    graticule();
  });
  // Some browsers show the first frame only when another follows.
  map.once("idle", () => map.triggerRepaint());
}

const FILTERS = { "ground": onDay, "ground-edge": onDay, "selected": ofSelected, "finds": until, "proposed": until, "proposed-names": until, "observed": until, "observations": seen };
function filter() {
  for (const [id, expression] of Object.entries(FILTERS)) if (map.getLayer(id)) map.setFilter(id, expression());
}

/** Numbers of a day, from the series that the slider's track is drawn from. */
function figuresOn(wanted) {
  let found = new Array(7).fill(0);
  for (const row of data.days.days) {
    if (row[0] > wanted) break;
    found = row;
  }
  return found;
}

function inUnit(m2) {
  const [divisor, digits] = { m2: [1, 0], ha: [1e4, 2], km2: [1e6, 3] }[set.unit];
  const [whole, rest] = (m2 / divisor).toFixed(digits).split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, "\u202f") + (rest ? `.${rest}` : "");
}

function showNumbers() {
  const row = figuresOn(day);
  const shown = { remaining: row[1] + row[2], sha: row[1], cha: row[2], cancelled: row[3], reduced: row[4], cleared: row[5], conservative: row[6] };
  for (const output of document.querySelectorAll("output[data-figure]")) {
    output.textContent = inUnit(shown[output.dataset.figure]);
    output.dataset.m2 = shown[output.dataset.figure];
  }
  date.value = iso(day);
  slider.setAttribute("aria-valuetext", iso(day));
}

let frame = 0;
function choose(next) {
  day = next;
  slider.value = day;
  showNumbers();
  data.conservative = EMPTY;
  map.getSource("conservative")?.setData(EMPTY);
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(filter);
  clearTimeout(choose.rest);
  choose.rest = setTimeout(rest, 250);
}

/** When the slider rests: the address, the list, the head and the conservative outline follow. */
async function rest() {
  const url = new URL(location.href);
  if (day === Number(set.today)) url.searchParams.delete("as_of");
  else url.searchParams.set("as_of", iso(day));
  history.replaceState(null, "", url);
  const wanted = day;
  const [outline, page] = await Promise.all([
    layer("conservative", { as_of: iso(day) }),
    fetch(url).then((response) => response.text()),
  ]);
  if (wanted !== day) return;
  data.conservative = outline;
  map.getSource("conservative")?.setData(outline);
  const fresh = new DOMParser().parseFromString(page, "text/html");
  for (const id of ["moment", "band", "side-rows", "main-nav"]) document.getElementById(id)?.replaceWith(fresh.getElementById(id));
  mark();
  map.once("idle", () => (set.day = iso(wanted)));
}

function mark() {
  for (const link of side.querySelectorAll("a[data-entry]")) {
    if (link.dataset.entry === selected) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** Select a record: the list, the map and the panel agree. */
async function select(entry, { zoom = false } = {}) {
  selected = entry;
  const url = new URL(location.href);
  url.hash = entry;
  history.replaceState(null, "", url);
  mark();
  filter();
  panel.hidden = !entry;
  if (!entry) return;
  if (zoom) fit(entry);
  side.querySelector(`a[data-entry="${CSS.escape(entry)}"]`)?.scrollIntoView({ block: "nearest" });
  const asked = new URL(`/map/panel/${entry}`, location.href);
  asked.search = location.search;
  const response = await fetch(asked);
  panel.querySelector(".body").innerHTML = await response.text();
}

function fit(entry) {
  const box = new maplibregl.LngLatBounds();
  const visit = (c) => (typeof c[0] === "number" ? box.extend(c) : c.forEach(visit));
  for (const name of ["ground", "places", "finds", "observations"]) {
    for (const f of data[name]?.features ?? []) if (f.properties.entry === entry) visit(f.geometry.coordinates);
  }
  if (!box.isEmpty()) map.fitBounds(box, { padding: 64, maxZoom: 16, duration: 150 });
}

/** Measuring: each click adds a point; three make a ring. */
function measure(point) {
  if (point) measuring.push(point);
  const features = measuring.map((c) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: c } }));
  const ring = measuring.length > 2 ? [...measuring, measuring[0]] : measuring;
  if (ring.length > 1) features.push({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: ring } });
  data.measure = { type: "FeatureCollection", features };
  map.getSource("measure").setData(data.measure);
  const metres = length(measuring).toFixed(1);
  const enclosed = measuring.length > 2 ? ` · ${inUnit(area(measuring))} ${set.unitWord}` : "";
  readoutLine.textContent = measuring.length > 1 ? `${metres} m${enclosed}` : set.measureHint;
  if (measuring.length > 2) readoutLine.append(" · ", ask(ring));
}

/** A link to the gate of a plot that was drawn, for the day shown. */
function ask(ring) {
  const url = new URL("/plot", location.href);
  for (const name of ["as_of", "known_at"]) {
    const value = new URLSearchParams(location.search).get(name);
    if (value) url.searchParams.set(name, value);
  }
  url.searchParams.set("footprint", `POLYGON((${ring.map(([lon, lat]) => `${lon.toFixed(7)} ${lat.toFixed(7)}`).join(", ")}))`);
  const link = document.createElement("a");
  link.href = url;
  link.textContent = set.ask;
  return link;
}

const measureButton = document.getElementById("measure");
function toggleMeasuring(on) {
  measuring = on ? [] : null;
  measureButton.setAttribute("aria-pressed", String(on));
  map.getCanvas().style.cursor = on ? "crosshair" : "";
  if (on) measure();
  else {
    data.measure = EMPTY;
    map.getSource("measure")?.setData(EMPTY);
    readoutLine.textContent = "";
  }
}

measureButton.addEventListener("click", () => toggleMeasuring(!measuring));
document.getElementById("whole").addEventListener("click", () => map.fitBounds(JSON.parse(set.bounds), { padding: 32, duration: 150 }));
slider.addEventListener("input", () => choose(Number(slider.value)));
date.form.addEventListener("submit", (event) => {
  event.preventDefault();
  const wanted = dayOf(date.value);
  if (Number.isFinite(wanted)) choose(wanted);
});
date.addEventListener("change", () => date.form.requestSubmit());
side.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-entry]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  select(link.dataset.entry, { zoom: true });
});
panel.querySelector(".close").addEventListener("click", () => select(""));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (measuring) toggleMeasuring(false);
  else if (selected) select("");
});
map.on("mousemove", (event) => { if (!measuring) readoutLine.textContent = readout(event.lngLat, grid.value); });
map.on("moveend", () => {
  graticule();
  if (!measuring) readoutLine.textContent = readout(map.getCenter(), grid.value);
});
grid.addEventListener("change", () => {
  document.cookie = `grid=${grid.value}; Path=/; Max-Age=31536000; SameSite=Lax`;
  if (!measuring) readoutLine.textContent = readout(map.getCenter(), grid.value);
});
// What is printed is what is seen: the same middle, the same day.
print.addEventListener("click", () => {
  const url = new URL("/map/print", location.href);
  url.search = location.search;
  url.searchParams.delete("unit");
  const { lng, lat } = map.getCenter();
  url.searchParams.set("centre", `${lat.toFixed(5)} ${lng.toFixed(5)}`);
  print.href = url;
});
map.on("click", (event) => {
  if (measuring) return measure([event.lngLat.lng, event.lngLat.lat]);
  const { x, y } = event.point;
  const hits = map.queryRenderedFeatures([[x - 3, y - 3], [x + 3, y + 3]], { layers: ["finds", "observations", "places", "proposed", "ground"] });
  select(hits[0]?.properties.entry ?? "");
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const word of CLASSES) if (map.hasImage(word)) map.removeImage(word);
  dress();
});

const asOf = { as_of: iso(day) };
const names = ["ground", "conservative", "proposed", "observations", "finds", "places", "units", "routes"];
const days = fetch(set.days).then((response) => response.json());
try {
  const loaded = await Promise.all([days, ...names.map((name) => layer(name, name === "conservative" ? asOf : {}))]);
  data.days = loaded[0];
  names.forEach((name, i) => (data[name] = name === "ground" ? stretches(loaded[i + 1]) : loaded[i + 1]));
  if (map.loaded()) dress();
  else map.once("load", dress);
  showNumbers();
  if (selected) select(selected, { zoom: true });
  map.on("idle", () => { set.ready = "true"; });
} catch (error) {
  readoutLine.textContent = `${set.failed} ${error.message}`;
}
