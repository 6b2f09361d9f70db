import geodesic from "geographiclib-geodesic";
import type { MultiPolygon, Polygon, Position } from "geojson";

export const SQUARE_METERS_A_SQUARE_MILE = 1609.344 ** 2;
const CIRCLE_CORNERS = 64;
const MEAN_RADIUS_M = 6_371_008.8;

const wgs84 = geodesic.Geodesic.WGS84;

/** Square meters inside a ring of [lon, lat] on the WGS84 ellipsoid (Karney 2013), as the server counts them. */
export function squareMeters(ring: Position[]): number {
  const corners = open(ring);
  if (corners.length < 3) return 0;
  const polygon = wgs84.Polygon(false);
  for (const [lon, lat] of corners) polygon.AddPoint(lat ?? 0, lon ?? 0);
  return Math.abs(polygon.Compute(false, true).area ?? 0);
}

/** A circle as a ring of [lon, lat]. `radius` in meters, measured on the ellipsoid. */
export function circle(center: Position, radius: number): Position[] {
  const [lon = 0, lat = 0] = center;
  const ring: Position[] = [];
  for (let i = 0; i < CIRCLE_CORNERS; i++) {
    const point = wgs84.Direct(lat, lon, 360 - (i * 360) / CIRCLE_CORNERS, radius);
    ring.push(rounded([point.lon2 ?? lon, point.lat2 ?? lat]));
  }
  return close(ring);
}

/** The ring without its closing point. */
export function open(ring: Position[]): Position[] {
  const first = ring[0];
  const last = ring[ring.length - 1];
  return ring.length > 1 && first && last && first[0] === last[0] && first[1] === last[1] ? ring.slice(0, -1) : ring;
}

/** The ring with its first point again at its end. */
export function close(ring: Position[]): Position[] {
  const corners = open(ring);
  return corners[0] ? [...corners, corners[0]] : [];
}

/** About 10 cm, which is finer than a hand can draw. */
export function rounded([lon = 0, lat = 0]: Position): Position {
  return [Number(lon.toFixed(6)), Number(lat.toFixed(6))];
}

export type Verdict = { fits: boolean; broken: "small" | "large" | null; limit: number };

/** Which limit an area breaks. Everything in square miles; a limit itself is allowed. */
export function judge(squareMiles: number, min: number, max: number): Verdict {
  if (squareMiles < min) return { fits: false, broken: "small", limit: min };
  if (squareMiles > max) return { fits: false, broken: "large", limit: max };
  return { fits: true, broken: null, limit: max };
}

/** The same shape around the same middle, with an area of `wanted` square miles within 0.1 percent. */
export function resized(ring: Position[], wanted: number): Position[] {
  let corners = open(ring);
  for (let i = 0; i < 4; i++) {
    const now = squareMeters(corners) / SQUARE_METERS_A_SQUARE_MILE;
    if (now === 0) return close(corners);
    corners = scaled(corners, Math.sqrt(wanted / now));
  }
  return close(corners.map(rounded));
}

function scaled(corners: Position[], factor: number): Position[] {
  const count = corners.length;
  const lon = corners.reduce((sum, corner) => sum + (corner[0] ?? 0), 0) / count;
  const lat = corners.reduce((sum, corner) => sum + (corner[1] ?? 0), 0) / count;
  return corners.map(([x = 0, y = 0]) => [lon + (x - lon) * factor, lat + (y - lat) * factor]);
}

/** `corner` moved by meters east and north: steps of a hand on a keyboard, so a sphere is near enough. */
export function moved([lon = 0, lat = 0]: Position, east: number, north: number): Position {
  const degree = (MEAN_RADIUS_M * Math.PI) / 180;
  return rounded([lon + east / (degree * Math.cos((lat * Math.PI) / 180)), lat + north / degree]);
}

/** What a person wrote or pasted: the outer rings of a GeoJSON Polygon or MultiPolygon, or of a Feature of one, else none. */
export function ringsFromText(text: string): Position[][] {
  try {
    const parsed: unknown = JSON.parse(text);
    const geometry = ((parsed as { geometry?: unknown }).geometry ?? parsed) as Partial<Polygon | MultiPolygon>;
    const polygons = geometry.type === "Polygon" ? [geometry.coordinates ?? []] : geometry.type === "MultiPolygon" ? (geometry.coordinates ?? []) : [];
    const rings = polygons.map((polygon) => polygon[0] ?? []);
    return rings.every((ring) => ring.length >= 3 && ring.every(isPosition)) ? rings.map(close) : [];
  } catch {
    return [];
  }
}

function isPosition(value: unknown): value is Position {
  return Array.isArray(value) && value.length >= 2 && value.slice(0, 2).every((part) => Number.isFinite(part));
}

/** GeoJSON text of one area or several, as the form posts it. */
export function textFromRings(rings: Position[][]): string {
  const closed = rings.map((ring) => close(ring.map(rounded)));
  return JSON.stringify(closed.length === 1 ? { type: "Polygon", coordinates: closed } : { type: "MultiPolygon", coordinates: closed.map((ring) => [ring]) });
}

/** Each area is held to the smallest size, all together to the largest. Square miles. */
export function judgeAll(squareMiles: number[], min: number, max: number): Verdict {
  const small = squareMiles.find((each) => each < min);
  const together = judge(squareMiles.reduce((sum, each) => sum + each, 0), min, max);
  return small === undefined || !together.fits ? together : { fits: false, broken: "small", limit: min };
}

/** All areas, changed in size so that they keep the limits: the smallest ones grow, or all of them shrink alike. */
export function resizedAll(rings: Position[][], verdict: Verdict): Position[][] {
  const miles = rings.map((ring) => squareMeters(ring) / SQUARE_METERS_A_SQUARE_MILE);
  const sum = miles.reduce((all, each) => all + each, 0);
  // A hair inside the limit, so that rounding the corners can't break it again.
  if (verdict.broken === "large") return rings.map((ring, i) => resized(ring, ((miles[i] ?? 0) * verdict.limit * 0.995) / sum));
  return rings.map((ring, i) => ((miles[i] ?? 0) < verdict.limit ? resized(ring, verdict.limit * 1.005) : ring));
}
