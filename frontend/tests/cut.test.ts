import { describe, expect, it } from "vitest";
import { clamped, nearest, next, plan, stops, readMoment, writtenMoment } from "../src/lib/cut";

const KEYS = [0, 2000, 4000, 6000];
const DURATION = 7300;

describe("what leaves", () => {
  it("reaches out to key frames", () => {
    expect(plan({ starts: 3100, ends: 4500 }, KEYS, DURATION, false)).toEqual({ starts: 2000, ends: 6000 });
  });
  it("stays at key frames that were hit", () => {
    expect(plan({ starts: 2000, ends: 4000 }, KEYS, DURATION, false)).toEqual({ starts: 2000, ends: 4000 });
  });
  it("reaches the clip's end behind the last key frame", () => {
    expect(plan({ starts: 6001, ends: 6002 }, KEYS, DURATION, false)).toEqual({ starts: 6000, ends: 7300 });
  });
  it("is what was chosen when exact", () => {
    expect(plan({ starts: 3100, ends: 4500 }, KEYS, DURATION, true)).toEqual({ starts: 3100, ends: 4500 });
  });
  it("is the whole clip when no key frame is known", () => {
    expect(plan({ starts: 3100, ends: 4500 }, [], DURATION, false)).toEqual({ starts: 0, ends: 7300 });
  });
  it("never lies outside the clip or ends before it starts", () => {
    expect(clamped({ starts: -5, ends: 99999 }, DURATION)).toEqual({ starts: 0, ends: 7300 });
    expect(clamped({ starts: 5000, ends: 10 }, DURATION)).toEqual({ starts: 5000, ends: 5001 });
    expect(clamped({ starts: NaN, ends: NaN }, DURATION)).toEqual({ starts: 0, ends: 1 });
  });
});

describe("handles", () => {
  it("stop at key frames and at both ends", () => {
    expect(stops([500, 2000], DURATION)).toEqual([0, 500, 2000, 7300]);
  });
  it("go to the nearest stop, and on by one", () => {
    const at = stops(KEYS, DURATION);
    expect(nearest(2900, at)).toBe(2000);
    expect(nearest(7000, at)).toBe(7300);
    expect(next(2000, at, 1)).toBe(4000);
    expect(next(2000, at, -1)).toBe(0);
    expect(next(7300, at, 1)).toBe(7300);
  });
});
it.each([["0:07.3", 7300], ["7,3", 7300], ["0:01:07", 67000], ["0:02.033", 2033], ["soon", null], ["-1", null]])("reads %s as %s", (typed, ms) => {
  expect(readMoment(typed)).toBe(ms);
});
it.each([[0, "0:00.0"], [7300, "0:07.3"], [62033, "1:02.033"]])("writes %i ms as %s", (ms, text) => {
  expect(writtenMoment(ms)).toBe(text);
});
