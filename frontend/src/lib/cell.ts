import { cellToBoundary, cellToLatLng, getResolution, isValidCell, latLngToCell } from "h3-js";
import type { Position } from "geojson";

export const RESOLUTION = 11;

/** The H3 cell around a point, as H3 writes it. This is all that is kept of the point. */
export function cellAt(lat: number, lon: number): string {
  return latLngToCell(lat, lon, RESOLUTION);
}

/** The cell as a signed 64-bit integer in decimal, as the form posts it: JavaScript's own numbers are too small. */
export function toDecimal(cell: string): string {
  return BigInt.asIntN(64, BigInt(`0x${cell}`)).toString();
}

/** A cell from its decimal or H3's own writing; null for anything that is not a cell of our resolution. */
export function fromText(text: string): string | null {
  const written = text.trim().toLowerCase();
  const cell = /^-?\d{16,19}$/.test(written) ? BigInt.asUintN(64, BigInt(written)).toString(16) : written;
  return isValidCell(cell) && getResolution(cell) === RESOLUTION ? cell : null;
}

/** The closed ring of a cell, [lon, lat]. */
export function ringOf(cell: string): Position[] {
  return cellToBoundary(cell, true);
}

/** The middle of a cell, [lon, lat]. */
export function middleOf(cell: string): [number, number] {
  const [lat, lon] = cellToLatLng(cell);
  return [lon, lat];
}
