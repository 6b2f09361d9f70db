import type { Feature, FeatureCollection, GeoJSON, Position } from "geojson";
import { type ExpressionSpecification, LngLatBounds, Map as MapLibre, Marker, Popup } from "maplibre-gl";
import { type Overlay, townMap } from "./basemap";

const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };

/** A map of given places. `data-geojson` is the id of a JSON script, `data-geojson-url` an address of ours. */
export async function mount(element: HTMLElement): Promise<void> {
  const data = await read(element);
  const label = element.dataset["label"] ?? "";
  element.replaceChildren();
  const { map, bounds } = await townMap(element, { label, cooperative: true, overlay: (color) => overlay(data, color) });
  map.getCanvas().setAttribute("aria-label", label);
  for (const feature of data.features) if (feature.geometry.type === "Point") addMarker(map, feature);
  nameAreas(map);
  const found = extent(data);
  // What is shown may reach beyond the town's tiles: then nothing may hold the map back from showing all of it.
  if (!found.isEmpty() && !holds(bounds, found)) map.setMaxBounds(null);
  if (element.dataset["fit"] === "town" || found.isEmpty()) map.fitBounds(bounds, { padding: 16, animate: false });
  else map.fitBounds(found, { padding: 48, maxZoom: 17, animate: false });
}

async function read(element: HTMLElement): Promise<FeatureCollection> {
  const url = element.dataset["geojsonUrl"];
  const id = element.dataset["geojson"];
  if (url) {
    const response = await fetch(url, { headers: { Accept: "application/geo+json, application/json" } });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return collection((await response.json()) as GeoJSON | null);
  }
  const text = id ? document.getElementById(id)?.textContent : null;
  return text ? collection(JSON.parse(text) as GeoJSON | null) : EMPTY;
}

function collection(data: GeoJSON | null): FeatureCollection {
  if (!data) return EMPTY;
  if (data.type === "FeatureCollection") return data;
  return { type: "FeatureCollection", features: [data.type === "Feature" ? data : { type: "Feature", properties: {}, geometry: data }] };
}

function overlay(data: FeatureCollection, color: (role: string) => string): Overlay {
  const [pine, clay] = [color("--pine"), color("--clay")];
  const isPlace: ExpressionSpecification = ["==", ["get", "kind"], "place"];
  const isShape: ExpressionSpecification = ["==", ["geometry-type"], "Polygon"];
  const isLine: ExpressionSpecification = ["==", ["geometry-type"], "LineString"];
  const fill = { "fill-color": pine, "fill-opacity": 0.16 };
  const thin = { "line-color": pine, "line-width": 1.5 };
  const dashed = { "line-color": pine, "line-width": 2.5, "line-dasharray": [2.5, 1.8] };
  return {
    sources: { given: { type: "geojson", data } },
    layers: [
      { id: "given-fill", type: "fill", source: "given", filter: isShape, paint: fill },
      { id: "given-place", type: "line", source: "given", filter: ["all", isShape, isPlace], paint: thin },
      { id: "given-area", type: "line", source: "given", filter: ["all", isShape, ["!", isPlace]], paint: dashed },
      { id: "given-line", type: "line", source: "given", filter: isLine, paint: { "line-color": clay, "line-width": 3 } },
    ],
  };
}

/** A point is an element of its own, so that the keyboard reaches it and a screen reader names it. */
function addMarker(map: MapLibre, feature: Feature): void {
  if (feature.geometry.type !== "Point") return;
  const { kind = "marker", name = "", url = "" } = (feature.properties ?? {}) as Record<string, string>;
  const mark = document.createElement(url ? "a" : "span");
  mark.className = `dot ${kind}`;
  if (mark instanceof HTMLAnchorElement) mark.href = url;
  else mark.setAttribute("role", "img");
  const [lon = 0, lat = 0] = feature.geometry.coordinates;
  new Marker({ element: mark }).setLngLat([lon, lat]).addTo(map);
  mark.setAttribute("aria-label", name);
  if (name) showName(map, mark, name, [lon, lat]);
}

function showName(map: MapLibre, mark: HTMLElement, name: string, at: [number, number]): void {
  const popup = new Popup({ closeButton: false, offset: 14, focusAfterOpen: false }).setText(name).setLngLat(at);
  for (const event of ["mouseenter", "focus"]) mark.addEventListener(event, () => popup.addTo(map));
  for (const event of ["mouseleave", "blur"]) mark.addEventListener(event, () => popup.remove());
}

function nameAreas(map: MapLibre): void {
  const popup = new Popup({ closeButton: false, closeOnClick: false, focusAfterOpen: false });
  map.on("mousemove", "given-fill", (event) => {
    const { name = "", url = "" } = (event.features?.[0]?.properties ?? {}) as Record<string, string>;
    map.getCanvas().style.cursor = url ? "pointer" : "";
    if (name) popup.setLngLat(event.lngLat).setText(name).addTo(map);
  });
  map.on("mouseleave", "given-fill", () => {
    map.getCanvas().style.cursor = "";
    popup.remove();
  });
  map.on("click", "given-fill", (event) => {
    const url = (event.features?.[0]?.properties as Record<string, string> | undefined)?.["url"];
    if (url) location.assign(url);
  });
}

function holds([west, south, east, north]: [number, number, number, number], found: LngLatBounds): boolean {
  return found.getWest() >= west && found.getSouth() >= south && found.getEast() <= east && found.getNorth() <= north;
}

function extent(data: FeatureCollection): LngLatBounds {
  const bounds = new LngLatBounds();
  for (const { geometry } of data.features) {
    if ("coordinates" in geometry) eachPosition(geometry.coordinates, ([lon = 0, lat = 0]) => bounds.extend([lon, lat]));
  }
  return bounds;
}

function eachPosition(coordinates: unknown, visit: (position: Position) => void): void {
  if (!Array.isArray(coordinates)) return;
  if (typeof coordinates[0] === "number") visit(coordinates as Position);
  else for (const inner of coordinates) eachPosition(inner, visit);
}

