import type { Feature } from "geojson";
import type { GeoJSONSource, Map as MapLibre } from "maplibre-gl";
import { cellAt, fromText, middleOf, ringOf, toDecimal } from "../lib/cell";
import { button, changed, make, need } from "../lib/dom";
import { say } from "../lib/words";
import { calm, type Overlay, townMap } from "./basemap";

// Wider than this, nobody could tell their house from the neighbors'.
const CLOSE_ENOUGH = 15;
const HOME_ZOOM = 17;
const EMPTY = { type: "FeatureCollection" as const, features: [] };

/**
 * Choosing a place: the map moves under a cross in its middle. The middle becomes an H3 cell here, in the browser;
 * the form gets the cell alone (P9).
 */
export async function mount(element: HTMLElement): Promise<void> {
  const field = need<HTMLInputElement>(element, "input");
  const before = fromText(field.value);
  const isAgency = element.dataset["of"] === "agency";
  const [zoomIn, chosen] = isAgency ? (["townZoom", "townChosen"] as const) : (["pinZoom", "pinChosen"] as const);
  const canvas = make("div", { class: "canvas" });
  const said = make("p", { class: "readout", role: "status" }, say(zoomIn));
  const find = button(say("pinFind"), () => locate(map, said));
  const cross = make("span", { class: "cross", "aria-hidden": "true" });
  element.prepend(make("div", { class: "frame" }, canvas, cross), said, make("div", { class: "tools" }, find), make("p", { class: "help" }, say("mapHelp")));
  let shown: Feature | undefined = before ? hexagon(before) : undefined;
  const { map } = await townMap(canvas, { label: say("pinLabel"), overlay: (color) => overlay(shown, color) });
  map.getCanvas().setAttribute("aria-label", `${say("pinLabel")}. ${say("mapHelp")}`);
  // Hidden only now, when the map can take its place.
  field.type = "hidden";
  field.value = before ? toDecimal(before) : "";
  if (before) map.jumpTo({ center: middleOf(before), zoom: HOME_ZOOM });
  if (isAgency || !("geolocation" in navigator)) find.remove();
  map.on("click", (event) => map.easeTo({ center: event.lngLat, zoom: Math.max(map.getZoom(), HOME_ZOOM), animate: !calm() }));
  const take = (): void => {
    const { lat, lng } = map.getCenter();
    const cell = map.getZoom() >= CLOSE_ENOUGH ? cellAt(lat, lng) : null;
    shown = cell ? hexagon(cell) : undefined;
    (map.getSource("cell") as GeoJSONSource | undefined)?.setData(shown ?? EMPTY);
    const value = cell ? toDecimal(cell) : "";
    if (value === field.value) return;
    field.value = value;
    changed(field);
  };
  map.on("move", take);
  map.on("moveend", () => (said.textContent = field.value ? say(chosen, { near: near(map) }) : say(zoomIn)));
  if (before) said.textContent = say(chosen, { near: "" });
}

function hexagon(cell: string): Feature {
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ringOf(cell)] } };
}

function overlay(cell: Feature | undefined, color: (role: string) => string): Overlay {
  const pine = color("--pine");
  return {
    sources: { cell: { type: "geojson", data: cell ?? EMPTY } },
    layers: [
      { id: "cell-fill", type: "fill", source: "cell", paint: { "fill-color": pine, "fill-opacity": 0.2 } },
      { id: "cell-line", type: "line", source: "cell", paint: { "line-color": pine, "line-width": 2.5 } },
    ],
  };
}

/** The street under the cross, for those who can't see the map. */
function near(map: MapLibre): string {
  const { x, y } = map.project(map.getCenter());
  const reach = 60;
  const roads = map.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]]);
  const street = roads.find((road) => road.sourceLayer === "roads" && road.properties["name"])?.properties["name"] as string | undefined;
  return street ? say("pinNear", { street }) : "";
}

function locate(map: MapLibre, said: HTMLElement): void {
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => map.jumpTo({ center: [coords.longitude, coords.latitude], zoom: HOME_ZOOM }),
    () => (said.textContent = say("pinFailed")),
    { enableHighAccuracy: true, timeout: 10_000 },
  );
}
