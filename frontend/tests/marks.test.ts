import { describe, expect, it } from "vitest";
import { anchored, limited, type Mark, placeAt, placed } from "../src/lib/marks";

const MARK: Mark = { kind: "drawn", starts_ms: 1000, ends_ms: 5000, still: false, anchors: [[2000, 1000, 1000, 500, 500], [4000, 3000, 2000, 700, 500]] };

describe("a box", () => {
  it("stays inside the picture and is never too small", () => {
    expect(placed({ left: 9990.4, top: -5, width: 3, height: 20_000 })).toEqual({ left: 9960, top: 0, width: 40, height: 10_000 });
  });
  it("moves on the straight way between anchors", () => {
    expect(placeAt(MARK, 3000)).toEqual({ left: 2000, top: 1500, width: 600, height: 500 });
  });
  it("stays at the nearest anchor outside of them, and isn't there outside its time", () => {
    expect(placeAt(MARK, 1000)).toEqual({ left: 1000, top: 1000, width: 500, height: 500 });
    expect(placeAt(MARK, 4999)?.left).toBe(3000);
    expect(placeAt(MARK, 999)).toBeNull();
    expect(placeAt(MARK, 5000)).toBeNull();
  });
  it("stands still until the next anchor where it doesn't move", () => {
    expect(placeAt({ ...MARK, still: true }, 3999)?.left).toBe(1000);
  });
  it("gets one anchor a moment", () => {
    const twice = anchored(anchored(MARK, 3000, { left: 1, top: 1, width: 100, height: 100 }), 3000, { left: 2, top: 2, width: 100, height: 100 });
    expect(twice.anchors.map((anchor) => anchor[0])).toEqual([2000, 3000, 4000]);
    expect(twice.anchors[1]?.[1]).toBe(2);
  });
  it("keeps a place where its time ends before its first anchor", () => {
    expect(limited(MARK, "ends_ms", 1500)).toEqual({ ...MARK, ends_ms: 1500, anchors: [[1499, 1000, 1000, 500, 500]] });
    expect(limited(MARK, "starts_ms", 4500)?.anchors).toEqual([[4500, 3000, 2000, 700, 500]]);
    expect(limited(MARK, "ends_ms", 900)).toBeNull();
  });
});
