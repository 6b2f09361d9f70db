import { expect, it } from "vitest";
import { clockTime, duration, figure, playTime, say } from "../src/lib/words";

it("puts figures into a sentence", () => {
  expect(say("tooLarge", { limit: "0.5" }, "en")).toBe("Too large: at most 0.5 square miles.");
  expect(say("tooLarge", { limit: "0,5" }, "es")).toContain("millas");
});
it.each([[0.0254, "0.025"], [0.111, "0.11"], [1.5, "1.50"]])("shows %f as %s", (value, shown) => {
  expect(figure(value)).toBe(shown);
});
it.each([[0, false, "0:00"], [18.44, true, "0:18.4"], [59.99, true, "0:59.9"], [3723, false, "1:02:03"]])("%f s reads %s %s", (seconds, tenths, shown) => {
  expect(playTime(seconds, tenths)).toBe(shown);
});
it.each([[1000, "en", "1 second"], [2500, "en", "2.5 seconds"], [1000, "es", "1 segundo"], [700, "es", "0,7 segundos"]])("says %i ms (%s) as %s", (ms, lang, shown) => {
  expect(duration(ms, lang)).toBe(shown);
});
it("tells the time of day in the reader's zone, to the tenth", () => {
  const at = new Date("2026-11-24T08:47:10.300Z");
  expect(clockTime(at, "America/Chicago")).toBe("2:47:10.3 am");
  expect(clockTime(at, "Europe/Madrid", "es")).toBe("9:47:10,3");
});
