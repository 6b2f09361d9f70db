import type { Feature, Polygon, Position } from "geojson";
import type { Map as MapLibre } from "maplibre-gl";
import { type GeoJSONStoreFeatures, type HexColor, TerraDraw, TerraDrawCircleMode, TerraDrawModeUndoRedo, TerraDrawPolygonMode, TerraDrawSelectMode } from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre-gl-adapter";
import { close, open, rounded } from "../lib/area";
import { hex } from "../lib/color";

type Mode = "polygon" | "circle" | "select";

/** Shapes on the map, drawn and changed by hand. Terra Draw, narrowed to what a request needs. */
export class Pen {
  /** The shape moved under the hand. */
  onLive: () => void = () => {};
  /** The hand let go: this is the shape now. */
  onDone: (rings: Position[][]) => void = () => {};
  /** Drawing ended by itself, and changing begins. */
  onMode: () => void = () => {};
  /** The next shape that is drawn stands beside the others instead of taking their place. */
  adding = false;
  private readonly draw: TerraDraw;

  constructor(map: MapLibre, prefix: string, element: HTMLElement) {
    const color = hex(readColor(element, "--pine")) as HexColor;
    const paper = hex(readColor(element, "--card")) as HexColor;
    const shape = { fillColor: color, fillOpacity: 0.16, outlineColor: color, outlineWidth: 2.5 };
    const points = { closingPointColor: color, closingPointWidth: 7, closingPointOutlineColor: paper, closingPointOutlineWidth: 2 };
    const selected = { selectedPolygonColor: color, selectedPolygonFillOpacity: 0.16, selectedPolygonOutlineColor: color, selectedPolygonOutlineWidth: 2.5, selectionPointColor: color, selectionPointWidth: 7, selectionPointOutlineColor: paper, selectionPointOutlineWidth: 2, midPointColor: paper, midPointWidth: 5, midPointOutlineColor: color, midPointOutlineWidth: 2 };
    const polygonFlags = { feature: { draggable: true, coordinates: { draggable: true, midpoints: true, deletable: true } } };
    const circleFlags = { feature: { draggable: true, coordinates: { resizable: "center-fixed" as const } } };
    this.draw = new TerraDraw({
      adapter: new TerraDrawMapLibreGLAdapter({ map, prefixId: prefix }),
      modes: [
        new TerraDrawPolygonMode({ styles: { ...shape, ...points } }),
        new TerraDrawCircleMode({ styles: shape }),
        new TerraDrawSelectMode({ styles: selected, flags: { polygon: polygonFlags, circle: circleFlags } }),
      ],
      undoRedo: { modeLevel: new TerraDrawModeUndoRedo() },
    });
    this.draw.start();
    this.draw.on("change", (_, type) => type !== "styling" && this.onLive());
    this.draw.on("finish", (id, context) => this.finished(id, context.action));
  }

  /** The shape as it is at this moment, a half-drawn one included. */
  live(): Position[][] {
    return this.shapes().map(ringOf).filter((ring) => ring.length > 0);
  }

  mode(name: Mode): void {
    this.draw.setMode(name);
    const shape = name === "select" ? this.newest() : undefined;
    if (shape?.id !== undefined) this.draw.selectFeature(shape.id);
  }

  /** Take back the last corner of a shape that is still being drawn; false when there is none. */
  undo(): boolean {
    return this.draw.getMode() !== "select" && this.draw.getModeState() === "drawing" && this.draw.canUndo() && this.draw.undo();
  }

  /** Show this shape instead of whatever there is. */
  put(rings: Position[][]): void {
    const mode = this.draw.getMode();
    const whole = rings.filter((ring) => open(ring).length >= 3);
    this.draw.clear();
    if (whole.length) this.draw.addFeatures(whole.map(feature));
    if (whole.length && mode === "select") this.mode("select");
  }

  private finished(id: string | number, action: string): void {
    const others = this.shapes().filter((each) => each.id !== id && each.id !== undefined);
    const replaces = action === "draw" && !this.adding;
    if (replaces && others.length) this.draw.removeFeatures(others.map((each) => each.id as string | number));
    if (action === "draw") this.adding = false;
    this.onDone(this.live());
    if (action === "draw") this.onMode();
  }

  private shapes(): GeoJSONStoreFeatures[] {
    return this.draw.getSnapshot().filter((each) => each.geometry.type === "Polygon" && !each.properties["midPoint"]);
  }

  private newest(): GeoJSONStoreFeatures | undefined {
    return this.shapes().at(-1);
  }
}

function ringOf(shape: Feature | GeoJSONStoreFeatures | undefined): Position[] {
  const corners = shape?.geometry.type === "Polygon" ? open((shape.geometry as Polygon).coordinates[0] ?? []).map(rounded) : [];
  const distinct = corners.filter((at, i) => i === 0 || at[0] !== corners[i - 1]?.[0] || at[1] !== corners[i - 1]?.[1]);
  return distinct.length >= 3 ? close(distinct) : [];
}

function feature(ring: Position[]): GeoJSONStoreFeatures {
  return { type: "Feature", properties: { mode: "polygon" }, geometry: { type: "Polygon", coordinates: [close(ring.map(rounded))] } };
}

function readColor(element: HTMLElement, role: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${role})`;
  element.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}
