import "maplibre-gl/dist/maplibre-gl.css";
import "../styles/map.css";
import { type Flavor, layers } from "@protomaps/basemaps";
import latinExt from "@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-ext-wght-normal.woff2?url";
import latin from "@fontsource-variable/atkinson-hyperlegible-next/files/atkinson-hyperlegible-next-latin-wght-normal.woff2?url";
import {
  addProtocol,
  AttributionControl,
  type LayerSpecification,
  type LngLatBoundsLike,
  Map as MapLibre,
  NavigationControl,
  setWorkerUrl,
  type SourceSpecification,
  type StyleSpecification,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import { PMTiles, Protocol } from "pmtiles";
import { hex } from "../lib/color";
import { language, say } from "../lib/words";

const TILES = new URL("/map/town.pmtiles", location.href).href;
const CREDIT = '<a href="https://www.openstreetmap.org/copyright" rel="noreferrer">© OpenStreetMap</a>';
const LABELS = new Set(["roads_labels_minor", "roads_labels_major"]);
// A map of all the world has no edge to stop at.
const WIDEST_TOWN_DEGREES = 5;
const FONT = "Atkinson";

let protocol: Protocol | undefined;

/** What is drawn over the quiet base. */
export type Overlay = { sources: Record<string, SourceSpecification>; layers: LayerSpecification[] };

export type TownMap = { map: MapLibre; bounds: [number, number, number, number]; restyle: () => void };

type Options = {
  label: string;
  overlay: (color: (role: string) => string) => Overlay;
  /** Scrolling the page over the map must not zoom it. */
  cooperative?: boolean;
  /** Layers of others, such as the drawing's, that outlive a change of colors. */
  keep?: (id: string) => boolean;
};

/** A map of the instance's town in `container`, in the page's colors, light or dark, for as long as it is shown. */
export async function townMap(container: HTMLElement, options: Options): Promise<TownMap> {
  const tiles = openTiles();
  const header = await tiles.getHeader();
  const bounds: TownMap["bounds"] = [header.minLon, header.minLat, header.maxLon, header.maxLat];
  const map = new MapLibre({
    container,
    style: styleFor(container, options),
    bounds,
    ...(isTown(bounds) ? { maxBounds: grown(bounds) } : {}),
    maxZoom: 19,
    attributionControl: false,
    cooperativeGestures: options.cooperative ?? false,
    dragRotate: false,
    pitchWithRotate: false,
    locale: {
      "Map.Title": options.label,
      "NavigationControl.ZoomIn": say("mapZoomIn"),
      "NavigationControl.ZoomOut": say("mapZoomOut"),
      "CooperativeGesturesHandler.WindowsHelpText": say("mapWheel"),
      "CooperativeGesturesHandler.MacHelpText": say("mapWheelMac"),
      "CooperativeGesturesHandler.MobileHelpText": say("mapFingers"),
    },
    ...(calm() ? { fadeDuration: 0 } : {}),
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new AttributionControl({ compact: false, customAttribution: CREDIT }), "bottom-right");
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  const restyle = (): void => {
    map.setStyle(styleFor(container, options), { transformStyle: (before, after) => kept(before, after, options.keep) });
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
  map.once("remove", () => matchMedia("(prefers-color-scheme: dark)").removeEventListener("change", restyle));
  await new Promise<void>((resolve) => map.once("load", () => resolve()));
  cover(map, bounds);
  return { map, bounds, restyle };
}

/** The middle of the town, as close as it takes to leave no empty margin. */
function cover(map: MapLibre, [west, south, east, north]: TownMap["bounds"]): void {
  const { width, height } = map.getContainer().getBoundingClientRect();
  const corner = map.project([west, north]);
  const other = map.project([east, south]);
  const scale = Math.max(width / (other.x - corner.x), height / (other.y - corner.y));
  map.jumpTo({ center: [(west + east) / 2, (south + north) / 2], zoom: map.getZoom() + Math.log2(scale) });
}

/** Whether the reader asked for less motion. */
export function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function openTiles(): PMTiles {
  if (!protocol) {
    setWorkerUrl(new URL(workerUrl, import.meta.url).href);
    protocol = new Protocol();
    addProtocol("pmtiles", protocol.tile);
  }
  const tiles = protocol.get(TILES) ?? new PMTiles(TILES);
  protocol.add(tiles);
  return tiles;
}

function isTown([west, south, east, north]: TownMap["bounds"]): boolean {
  return east - west < WIDEST_TOWN_DEGREES && north - south < WIDEST_TOWN_DEGREES;
}

function grown([west, south, east, north]: TownMap["bounds"]): LngLatBoundsLike {
  const [x, y] = [(east - west) * 0.6, (north - south) * 0.6];
  return [west - x, south - y, east + x, north + y];
}

function kept(before: StyleSpecification | undefined, after: StyleSpecification, keep?: (id: string) => boolean): StyleSpecification {
  if (!before || !keep) return after;
  const sources = Object.fromEntries(Object.entries(before.sources).filter(([id]) => keep(id)));
  const over = before.layers.filter((layer) => keep(layer.id));
  return { ...after, sources: { ...after.sources, ...sources }, layers: [...after.layers, ...over] };
}

/** Reads a role of the design system, such as `--pine`, as a color that MapLibre understands. */
function colorReader(container: HTMLElement): (role: string) => string {
  const probe = document.createElement("span");
  container.append(probe);
  const read = (role: string): string => {
    probe.style.color = `var(${role})`;
    return hex(getComputedStyle(probe).color);
  };
  queueMicrotask(() => probe.remove());
  return read;
}

function styleFor(container: HTMLElement, options: Options): StyleSpecification {
  const color = colorReader(container);
  const overlay = options.overlay(color);
  return {
    version: 8,
    "font-faces": { [FONT]: [{ url: absolute(latin), "unicode-range": ["U+0-FF", "U+2000-206F"] }, { url: absolute(latinExt), "unicode-range": ["U+100-2BA"] }] },
    sources: { town: { type: "vector", url: `pmtiles://${TILES}` }, ...overlay.sources },
    layers: [...baseLayers(color), ...overlay.layers],
  };
}

function absolute(url: string): string {
  return new URL(url, import.meta.url).href;
}

/** Three greys, one green, one blue; labels of streets only. */
function baseLayers(color: (role: string) => string): LayerSpecification[] {
  const roles = { land: color("--map-land"), road: color("--map-road"), built: color("--map-built"), park: color("--map-park"), water: color("--map-water") };
  const text = { color: color("--map-text"), halo: color("--map-road") };
  return layers("town", flavor(roles, text), { lang: language() })
    .filter((layer) => layer.type !== "symbol" || LABELS.has(layer.id))
    .filter((layer) => !/casing|landcover|boundaries|aerodrome|runway|taxiway|zoo|hospital|industrial|school/.test(layer.id))
    .map((layer) => (layer.type === "symbol" ? label(layer) : layer));
}

function label(layer: LayerSpecification): LayerSpecification {
  const layout = { ...layer.layout, "text-font": [FONT], "text-field": ["get", "name"], "text-size": 13, "text-letter-spacing": 0.01 };
  const minzoom = layer.id === "roads_labels_minor" ? 15 : 13;
  return { ...layer, layout, minzoom } as LayerSpecification;
}

type Roles = { land: string; road: string; built: string; park: string; water: string };

function flavor(roles: Roles, text: { color: string; halo: string }): Flavor {
  const { land, road, built, park, water } = roles;
  const green = { park_a: park, park_b: park, wood_a: park, wood_b: park, scrub_a: park, scrub_b: park };
  const ground = { background: land, earth: land, hospital: land, industrial: land, school: land, glacier: land, sand: land, beach: land, aerodrome: land, runway: road, zoo: park, military: land, pedestrian: road, pier: road };
  const tunnels = { tunnel_other: land, tunnel_minor: land, tunnel_link: land, tunnel_major: land, tunnel_highway: land };
  const tunnelCasings = { tunnel_other_casing: land, tunnel_minor_casing: land, tunnel_link_casing: land, tunnel_major_casing: land, tunnel_highway_casing: land };
  const roads = { other: road, minor_service: road, minor_a: road, minor_b: road, link: road, major: road, highway: road, railway: built, boundaries: built };
  const casings = { minor_service_casing: land, minor_casing: land, link_casing: land, major_casing_late: land, highway_casing_late: land, major_casing_early: land, highway_casing_early: land };
  const bridges = { bridges_other: road, bridges_minor: road, bridges_link: road, bridges_major: road, bridges_highway: road };
  const bridgeCasings = { bridges_other_casing: built, bridges_minor_casing: built, bridges_link_casing: built, bridges_major_casing: built, bridges_highway_casing: built };
  const labels = { roads_label_minor: text.color, roads_label_minor_halo: text.halo, roads_label_major: text.color, roads_label_major_halo: text.halo };
  const unused = { ocean_label: text.color, subplace_label: text.color, subplace_label_halo: text.halo, city_label: text.color, city_label_halo: text.halo, state_label: text.color, state_label_halo: text.halo, country_label: text.color, address_label: text.color, address_label_halo: text.halo };
  return { buildings: built, water, ...green, ...ground, ...tunnels, ...tunnelCasings, ...roads, ...casings, ...bridges, ...bridgeCasings, ...labels, ...unused };
}
