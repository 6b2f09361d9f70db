import { LngLatBounds, type Map as MapLibre } from "maplibre-gl";
import type { Position } from "geojson";
import * as areas from "../lib/area";
import { button, changed, make, need } from "../lib/dom";
import { figure, language, say } from "../lib/words";
import { townMap } from "./basemap";
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
  const { map } = await townMap(canvas, { label: say("drawLabel"), overlay: () => ({ sources: {}, layers: [] }), keep: (id) => id.startsWith(PREFIX) });
  map.getCanvas().setAttribute("aria-label", `${say("drawLabel")}. ${say("drawHelp")}`);
  const pen = new Pen(map, PREFIX, canvas);
  const history: Position[][] = [];
  let ring: Position[] = [];

  const show = (live: Position[]): void => {
    const miles = areas.squareMeters(live) / areas.SQUARE_METERS_A_SQUARE_MILE;
    readout.replaceChildren(...verdict(live, miles, min, max, (fitted) => set(fitted)));
    readout.classList.toggle("wrong", live.length > 0 && !areas.judge(miles, min, max).fits);
  };
  const keep = (next: Position[], redraw: boolean): void => {
    history.push(ring);
    ring = next;
    fields.geojson.value = ring.length ? areas.textFromRing(ring) : "";
    changed(fields.geojson);
    if (redraw) pen.put(ring);
    show(ring);
    corners.replaceChildren(...cornerList(ring, (moved) => set(moved)));
  };
  const set = (next: Position[]): void => keep(next, true);
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
    button(say("cornerHere"), () => addCorner(map, ring, set)),
    button(say("undo"), undo),
    button(say("clear"), () => (set([]), mode("polygon", say("drawHelp")))),
  );
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key === "Enter") (event.preventDefault(), addCorner(map, ring, set));
  });
  followFields(fields, (typed) => (history.push(ring), (ring = typed), pen.put(ring), show(ring), fit(map, ring), corners.replaceChildren(...cornerList(ring, set))));
  const given = fields.read();
  if (given.length) (pen.put(given), (ring = given), fit(map, given), corners.replaceChildren(...cornerList(ring, set)));
  show(ring);
  if (ring.length) mode("select", say("changeHelp"));
  else mode("polygon", say("drawHelp"));
  details.open = false;
}

type Fields = { geojson: HTMLTextAreaElement; circle: HTMLInputElement[]; read: () => Position[] };

function fieldsOf(element: HTMLElement): Fields {
  const geojson = need<HTMLTextAreaElement>(element, "textarea");
  const circle = [...element.querySelectorAll<HTMLInputElement>("input[inputmode=decimal]")];
  const read = (): Position[] => {
    if (geojson.value.trim()) return areas.ringFromText(geojson.value) ?? [];
    const [lat = NaN, lon = NaN, radius = NaN] = circle.map((field) => (field.value.trim() ? Number(field.value.replace(",", ".")) : NaN));
    return Math.abs(lat) <= 85 && Math.abs(lon) <= 180 && radius > 0 && radius < 10_000 ? areas.circle([lon, lat], radius) : [];
  };
  return { geojson, circle, read };
}

/** What is typed or pasted shows on the map. A circle in figures takes the place of a polygon, as on the map. */
function followFields(fields: Fields, use: (ring: Position[]) => void): void {
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

function verdict(ring: Position[], miles: number, min: number, max: number, use: (ring: Position[]) => void): Node[] {
  const lang = language();
  const limits = { min: limit(min), max: limit(max) };
  if (ring.length < 3 || miles === 0) return [document.createTextNode(say("nothingDrawn", limits))];
  const size = make("strong", { title: `${figure(miles * 2.589988, lang)} km²` }, `${figure(miles, lang)} ${say("squareMiles")}`);
  const judged = areas.judge(miles, min, max);
  if (judged.fits) return [size, make("span", {}, say("fits", limits))];
  const text = say(judged.broken === "small" ? "tooSmall" : "tooLarge", { limit: limit(judged.limit) });
  // A hair inside the limit, so that rounding the corners can't break it again.
  const target = judged.broken === "small" ? judged.limit * 1.005 : judged.limit * 0.995;
  const fit = button(say("makeFit", { limit: limit(judged.limit) }), () => use(areas.resized(ring, target)));
  return [size, make("span", {}, text), fit];
}

function limit(value: number): string {
  return new Intl.NumberFormat(language(), { maximumFractionDigits: 3 }).format(value);
}

function addCorner(map: MapLibre, ring: Position[], use: (ring: Position[]) => void): void {
  const { lng, lat } = map.getCenter();
  use(areas.close([...areas.open(ring), areas.rounded([lng, lat])]));
}

function fit(map: MapLibre, ring: Position[]): void {
  if (ring.length < 3) return;
  const bounds = ring.reduce((box, [lon = 0, lat = 0]) => box.extend([lon, lat]), new LngLatBounds());
  map.fitBounds(bounds, { padding: 60, maxZoom: 17, animate: false });
}
