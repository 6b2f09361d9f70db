import { describe, expect, it } from "vitest";
import { circle, judge, moved, resized, resizedAll, judgeAll, ringsFromText, SQUARE_METERS_A_SQUARE_MILE, squareMeters, textFromRings } from "../src/lib/area";

const SQUARE = [[24.94, 60.17], [24.95, 60.17], [24.95, 60.175], [24.94, 60.175], [24.94, 60.17]];

describe("area", () => {
  it("agrees with the server's geodesic figure", () => {
    // geographiclib for Python on the same ring.
    expect(squareMeters(SQUARE)).toBeCloseTo(309228.78315258026, 0);
  });
  it("does not care about direction or closing", () => {
    expect(squareMeters([...SQUARE].reverse())).toBeCloseTo(squareMeters(SQUARE), 3);
    expect(squareMeters(SQUARE.slice(0, -1))).toBeCloseTo(squareMeters(SQUARE), 3);
  });
  it("is nothing for fewer than three corners", () => {
    expect(squareMeters(SQUARE.slice(0, 2))).toBe(0);
  });
  it("stays small across the antimeridian", () => {
    const ring = [[179.995, 0], [-179.995, 0], [-179.995, 0.01], [179.995, 0.01]];
    expect(squareMeters(ring)).toBeGreaterThan(1.2e6);
    expect(squareMeters(ring)).toBeLessThan(1.3e6);
  });
  it("of a drawn circle is nearly that of a circle", () => {
    const share = squareMeters(circle([24.94, 60.17], 300)) / (Math.PI * 300 ** 2);
    expect(share).toBeGreaterThan(0.998);
    expect(share).toBeLessThan(1);
  });
});

describe("limits", () => {
  it.each([[0.024, "small"], [0.025, null], [0.3, null], [0.5, null], [0.501, "large"]])("%f square miles breaks %s", (miles, broken) => {
    expect(judge(miles, 0.025, 0.5).broken).toBe(broken);
  });
  it("can be met by resizing around the same middle", () => {
    const fitted = resized(SQUARE, 0.5);
    expect(squareMeters(fitted) / SQUARE_METERS_A_SQUARE_MILE).toBeCloseTo(0.5, 3);
    expect((fitted[0]![0]! + fitted[1]![0]!) / 2).toBeCloseTo(24.945, 4);
  });
});

describe("text", () => {
  it("goes to GeoJSON and back", () => {
    expect(ringsFromText(textFromRings([SQUARE]))).toEqual([SQUARE]);
  });
  it("takes a feature and closes an open ring", () => {
    const feature = { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [SQUARE.slice(0, 4)] } };
    expect(ringsFromText(JSON.stringify(feature))).toEqual([SQUARE]);
  });
  it.each(["", "{", "null", '{"type":"Point","coordinates":[1,2]}', '{"type":"Polygon","coordinates":[[[1,2],[3,"x"],[4,5]]]}'])("refuses %s", (text) => {
    expect(ringsFromText(text)).toEqual([]);
  });
});

it("a corner moves by meters", () => {
  const [lon, lat] = moved([24.94, 60.17], 25, 0);
  expect(lat).toBe(60.17);
  expect((lon! - 24.94) * 111_320 * Math.cos((60.17 * Math.PI) / 180)).toBeCloseTo(25, 0);
});

it("several areas go out and come back as one MultiPolygon, each held to the smallest size and all to the largest", () => {
  const beside = SQUARE.map(([lon = 0, lat = 0]) => [Number((lon + 0.1).toFixed(6)), lat]);
  expect(ringsFromText(textFromRings([SQUARE, beside]))).toEqual([SQUARE, beside]);
  expect(judgeAll([0.2, 0.3], 0.025, 0.5).fits).toBe(true);
  expect(judgeAll([0.3, 0.3], 0.025, 0.5)).toEqual({ fits: false, broken: "large", limit: 0.5 });
  expect(judgeAll([0.3, 0.01], 0.025, 0.5)).toEqual({ fits: false, broken: "small", limit: 0.025 });
  for (const [min, max] of [[0.0001, 0.002], [5, 400]] as const) {
    const sizes = (rings: number[][][]): number[] => rings.map((ring) => squareMeters(ring) / SQUARE_METERS_A_SQUARE_MILE);
    const fitted = resizedAll([SQUARE, beside], judgeAll(sizes([SQUARE, beside]), min, max));
    expect(judgeAll(sizes(fitted), min, max).fits).toBe(true);
  }
});
