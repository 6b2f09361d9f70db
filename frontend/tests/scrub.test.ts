import { expect, test } from "vitest";
import { distance, momentAt, shareOf, stillAt } from "../src/lib/scrub";

const day = { starts: 1000, ends: 2000 };

test("a point of a strip is a moment of its day, and back", () => {
  expect([momentAt(0, 400, day), momentAt(100, 400, day), momentAt(400, 400, day)]).toEqual([1000, 1250, 2000]);
  expect([momentAt(-5, 400, day), momentAt(999, 400, day)]).toEqual([1000, 2000]);
  expect([shareOf(1250, day), shareOf(0, day), shareOf(9999, day)]).toEqual([0.25, 0, 1]);
});

test("a moment is far from a clip that is over or hasn’t begun", () => {
  const clip = { starts: 100, ends: 200 };
  expect([distance(90, clip), distance(150, clip), distance(230, clip)]).toEqual([10, 0, 30]);
});

test("each still stands for its own stretch of the clip", () => {
  const stills = { count: 4, every_ms: 1000 };
  expect([-1, 0, 999, 1000, 3999, 99999].map((ms) => stillAt(ms, stills))).toEqual([0, 0, 0, 1, 3, 3]);
});
