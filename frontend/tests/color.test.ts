import { expect, it } from "vitest";
import { hex } from "../src/lib/color";

it.each([
  ["oklch(1 0 0)", "#ffffff"],
  ["oklch(0 0 0)", "#000000"],
  ["oklch(0.628 0.2577 29.23)", "#ff0000"],
  ["oklch(0.452 0.3132 264.05)", "#0000ff"],
  ["oklab(0.5999 0 0)", "#808080"],
  ["rgb(18, 52, 86)", "#123456"],
  ["color(srgb 1 0.5 0)", "#ff8000"],
])("%s is %s", (color, wanted) => {
  const near = (a: string, b: string): boolean =>
    [1, 3, 5].every((i) => Math.abs(parseInt(a.slice(i, i + 2), 16) - parseInt(b.slice(i, i + 2), 16)) <= 2);
  expect(near(hex(color), wanted), `${hex(color)} is not ${wanted}`).toBe(true);
});
