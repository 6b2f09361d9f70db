import { expect, it } from "vitest";
import { cellAt, fromText, middleOf, ringOf, toDecimal } from "../src/lib/cell";

// What the server's own h3 says of the same points.
const KNOWN: [number, number, string, string][] = [
  [60.17, 24.94, "8b1126d338dbfff", "626302083406872575"],
  [-33.86, 151.2, "8bbe0e35c272fff", "629343840056586239"],
  [41.88, -87.63, "8b2664c1a8f4fff", "626675775207067647"],
  [0.01, 179.999, "8b7eb57226a0fff", "628229432513531903"],
];

it.each(KNOWN)("the cell at %f, %f is the server's", (lat, lon, cell, decimal) => {
  expect(cellAt(lat, lon)).toBe(cell);
  expect(toDecimal(cell)).toBe(decimal);
  expect(fromText(decimal)).toBe(cell);
  expect(fromText(cell.toUpperCase())).toBe(cell);
});
it("keeps every digit that a number would lose", () => {
  expect(BigInt(toDecimal("8b1126d338dbfff"))).toBe(0x8b1126d338dbfffn);
  expect(Number.isSafeInteger(Number(toDecimal("8b1126d338dbfff")))).toBe(false);
});
it("writes an index whose top bit is set as a negative number", () => {
  expect(toDecimal("ffffffffffffffff")).toBe("-1");
});
it.each(["", "60.17, 24.94", "881126d339fffff", "8b1126d338dbffe", "626302083406872576", "x".repeat(400)])("refuses %s", (text) => {
  expect(fromText(text)).toBeNull();
});
it("draws a closed ring of about 50 meters around its middle", () => {
  const ring = ringOf("8b1126d338dbfff");
  expect(ring[0]).toEqual(ring.at(-1));
  const [lon, lat] = middleOf("8b1126d338dbfff");
  const across = Math.max(...ring.map(([, y]) => Math.abs(y! - lat))) * 2 * 110_574;
  expect(across).toBeGreaterThan(35);
  expect(across).toBeLessThan(75);
  expect(cellAt(lat, lon)).toBe("8b1126d338dbfff");
});
