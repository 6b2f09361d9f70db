import { LngLatBounds, type Map as MapLibre } from "maplibre-gl";
import type { Position } from "geojson";
import * as areas from "../lib/area";
import { button, changed, make, need } from "../lib/dom";
import { figure, language, say } from "../lib/words";
import { type Overlay, townMap } from "./basemap";
import { cornerList } from "./corners";
import { Pen } from "./pen";

const PREFIX = "td";

/** Drawing the area of a request. Writes GeoJSON into the field's own text area. */
export async function mount(element: HTMLElement): Promise<void> {
  const fields = fieldsOf(element);
  const [min, max] = [Number(element.dataset["minSqMi"]), Number(element.dataset["maxSqMi"])];
  const canvas = make("div", { class: "canvas" });
  const tools = make("div", { class: "tools", role: "toolbar", "aria-label": say("drawLabel") });
  const readout = make("output", { class: "readout", "aria-live": "polite" });
  const help = make("p", { class: "help" });
  const corners = make("div", { class: "corners" });
  const details = need<HTMLDetailsElement>(element, "details");
  element.prepend(make("div", { class: "frame" }, canvas, make("span", { class: "cross", "aria-hidden": "true" })), tools, readout, help, corners);
  const inside = element.dataset["inside"] ?? "";
  const { map } = await townMap(canvas, { label: say("drawLabel"), overlay: (color) => bound(inside, color), keep: (id) => id.startsWith(PREFIX) });
  map.getCanvas().setAttribute("aria-label", `${say("drawLabel")}. ${say("drawHelp")}`);
  const pen = new Pen(map, PREFIX, canvas);
  const history: Position[][][] = [];
  let rings: Position[][] = [];

  const show = (live: Position[][]): void => {
    const miles = live.map((ring) => areas.squareMeters(ring) / areas.SQUARE_METERS_A_SQUARE_MILE);
    readout.replaceChildren(...verdict(live, miles, min, max, (fitted) => set(fitted)));
    readout.classList.toggle("wrong", live.length > 0 && !areas.judgeAll(miles, min, max).fits);
  };
  const list = (): void => {
    const parts = rings.map((ring, i) => cornerList(ring, (moved) => set(rings.map((each, k) => (k === i ? moved : each)))));
    const named = parts.map((part, i) => (rings.length > 1 && part.length ? [make("p", { class: "small" }, say("areaNumber", { n: i + 1 })), ...part] : part));
    corners.replaceChildren(...named.flat());
  };
  const keep = (next: Position[][], redraw: boolean): void => {
    history.push(rings);
    rings = next.filter((ring) => ring.length > 0);
    fields.geojson.value = rings.length ? areas.textFromRings(rings) : "";
    changed(fields.geojson);
    if (redraw) pen.put(rings);
    show(rings);
    list();
  };
  const set = (next: Position[][]): void => keep(next, true);
  const undo = (): void => {
    if (pen.undo()) return show(pen.live());
    const before = history.pop();
    if (!before) return;
    set(before);
    history.pop();
  };
  pen.onLive = () => show(pen.live());
  pen.onDone = (done) => keep(done, false);
  const mode = (name: "polygon" | "circle" | "select", text: string): void => {
    pen.mode(name);
    help.textContent = text;
    for (const each of tools.querySelectorAll("[data-mode]")) each.setAttribute("aria-pressed", String(each.getAttribute("data-mode") === name));
  };
  pen.onMode = () => mode("select", say("changeHelp"));
  tools.append(
    button(say("drawPolygon"), () => mode("polygon", say("drawHelp")), { "data-mode": "polygon" }),
    button(say("drawCircle"), () => mode("circle", say("circleHelp")), { "data-mode": "circle" }),
    button(say("change"), () => mode("select", say("changeHelp")), { "data-mode": "select" }),
    button(say("anotherArea"), () => ((pen.adding = rings.length > 0), mode("polygon", say("drawHelp")))),
    button(say("cornerHere"), () => addCorner(map, rings, pen, set)),
    button(say("undo"), undo),
    button(say("clear"), () => (set([]), mode("polygon", say("drawHelp")))),
  );
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key === "Enter") (event.preventDefault(), addCorner(map, rings, pen, set));
  });
  followFields(fields, (typed) => (history.push(rings), (rings = typed), pen.put(rings), show(rings), fit(map, rings), list()));
  const given = fields.read();
  if (given.length) (pen.put(given), (rings = given), fit(map, given), list());
  show(rings);
  if (rings.length) mode("select", say("changeHelp"));
  else mode("polygon", say("drawHelp"));
  details.open = false;
}

/** The outline that an area has to stay in: seen while one draws, judged by the server. */
function bound(inside: string, color: (role: string) => string): Overlay {
  if (!inside) return { sources: {}, layers: [] };
  const paint = { "line-color": color("--clay"), "line-width": 2, "line-dasharray": [4, 2] };
  return {
    sources: { bound: { type: "geojson", data: new URL(inside, location.href).href } },
    layers: [{ id: "bound", type: "line", source: "bound", paint }],
  };
}

type Fields = { geojson: HTMLTextAreaElement; circle: HTMLInputElement[]; read: () => Position[][] };

function fieldsOf(element: HTMLElement): Fields {
  const geojson = need<HTMLTextAreaElement>(element, "textarea");
  const circle = [...element.querySelectorAll<HTMLInputElement>("input[inputmode=decimal]")];
  const read = (): Position[][] => {
    if (geojson.value.trim()) return areas.ringsFromText(geojson.value);
    const [lat = NaN, lon = NaN, radius = NaN] = circle.map((field) => (field.value.trim() ? Number(field.value.replace(",", ".")) : NaN));
    return Math.abs(lat) <= 85 && Math.abs(lon) <= 180 && radius > 0 && radius < 10_000 ? [areas.circle([lon, lat], radius)] : [];
  };
  return { geojson, circle, read };
}

/** What is typed or pasted shows on the map. A circle in figures takes the place of a polygon, as on the map. */
function followFields(fields: Fields, use: (rings: Position[][]) => void): void {
  fields.geojson.addEventListener("change", (event) => {
    if (event.isTrusted) use(fields.read());
  });
  for (const field of fields.circle) {
    field.addEventListener("change", () => {
      if (fields.circle.every((each) => each.value.trim())) {
        fields.geojson.value = "";
        use(fields.read());
      }
    });
  }
}

function verdict(rings: Position[][], sizes: number[], min: number, max: number, use: (rings: Position[][]) => void): Node[] {
  const miles = sizes.reduce((sum, each) => sum + each, 0);
  const lang = language();
  const limits = { min: limit(min), max: limit(max) };
  if (miles === 0) return [document.createTextNode(say("nothingDrawn", limits))];
  const size = make("strong", { title: `${figure(miles * 2.589988, lang)} km²` }, `${figure(miles, lang)} ${say("squareMiles")}`);
  const judged = areas.judgeAll(sizes, min, max);
  if (judged.fits) return [size, make("span", {}, say("fits", limits))];
  const text = say(judged.broken === "small" ? "tooSmall" : "tooLarge", { limit: limit(judged.limit) });
  const fit = button(say("makeFit", { limit: limit(judged.limit) }), () => use(areas.resizedAll(rings, judged)));
  return [size, make("span", {}, text), fit];
}

function limit(value: number): string {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: 3 }).format(value);
}

function addCorner(map: MapLibre, rings: Position[][], pen: Pen, use: (rings: Position[][]) => void): void {
  const { lng, lat } = map.getCenter();
  const [others, ring] = pen.adding ? [rings, []] : [rings.slice(0, -1), rings.at(-1) ?? []];
  pen.adding = false;
  use([...others, areas.close([...areas.open(ring), areas.rounded([lng, lat])])]);
}

function fit(map: MapLibre, rings: Position[][]): void {
  if (!rings.length) return;
  const bounds = rings.flat().reduce((box, [lon = 0, lat = 0]) => box.extend([lon, lat]), new LngLatBounds());
  map.fitBounds(bounds, { padding: 60, maxZoom: 17, animate: false });
}
