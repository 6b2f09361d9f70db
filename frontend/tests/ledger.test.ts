import { bytesToHex } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { base64, Broken, canonical, consistencyHolds, consistencySpans, cosignedAt, type Fetch, inclusionSpans, openCheckpoint, parseKey, provenEntry, Tiles } from "../src/lib/ledger";
// Written by the server's own program: python -m tests.record.test_in_the_browser.
import vectors from "./ledger-vectors.json";

const key = parseKey(vectors.key);
const witness = parseKey(vectors.witness);
type Log = { size: number; root: string; note: string };
const logs: Log[] = vectors.logs;
const files: Record<string, string | undefined> = vectors.files;
const last = logs.at(-1)!;

function reads(changed: Record<string, (file: Uint8Array) => Uint8Array> = {}): Fetch {
  return async (path) => {
    const file = files[path];
    if (file === undefined) throw new Error(`${path} is missing`);
    return (changed[path] ?? ((same) => same))(base64(file));
  };
}

function flipped(at: number): (file: Uint8Array) => Uint8Array {
  return (file) => file.map((byte, place) => (place === at ? byte ^ 1 : byte));
}

describe.each(logs)("a log of $size entries", (log) => {
  it("is signed, cosigned, and hashes to its root", async () => {
    const checkpoint = await openCheckpoint(log.note, key);
    expect(checkpoint.size).toBe(log.size);
    expect(bytesToHex(checkpoint.root)).toBe(log.root);
    expect(await cosignedAt(log.note, witness)).toBe(1_800_000_000);
    expect(bytesToHex(await new Tiles(reads(), log.size).hash([0, log.size]))).toBe(log.root);
  });

  it("is proven to have grown from each of those before it, and from no other", async () => {
    const now = await openCheckpoint(log.note, key);
    for (const before of logs.filter((one) => one.size <= log.size)) {
      const old = await openCheckpoint(before.note, key);
      const path = old.size < now.size ? await new Tiles(reads(), now.size).consistency(old.size) : [];
      expect(consistencyHolds(old.size, old.root, now.size, now.root, path)).toBe(true);
      const other = old.root.map((byte, at) => (at === 3 ? byte ^ 1 : byte));
      expect(consistencyHolds(old.size, other, now.size, now.root, path)).toBe(false);
    }
  });

  it("proves its first, its erased and its last entry", async () => {
    const checkpoint = await openCheckpoint(log.note, key);
    for (const index of [0, 2, log.size - 1].filter((each) => each < log.size)) {
      const entry = await provenEntry(reads(), checkpoint, index);
      expect(entry.index).toBe(index);
      expect(entry.body === null).toBe(index === 2);
    }
  });
});

it("finds a changed word, a changed leaf, a changed tile and another key", async () => {
  const checkpoint = await openCheckpoint(last.note, key);
  const entries = "tile/entries/000";
  const words = (file: Uint8Array): Uint8Array => new TextEncoder().encode(new TextDecoder().decode(file).replace('{"index": 7}', '{"index": 8}'));
  await expect(provenEntry(reads({ "contents/000": words }), checkpoint, 7)).rejects.toThrow("ledgerOtherWords");
  await expect(provenEntry(reads({ [entries]: flipped(20) }), checkpoint, 0)).rejects.toThrow("ledgerNotIn");
  await expect(provenEntry(reads({ "tile/0/000": flipped(40) }), checkpoint, 0)).rejects.toThrow("ledgerNotIn");
  await expect(provenEntry(reads(), checkpoint, last.size)).rejects.toThrow("ledgerNoEntry");
  const other = { ...key, public: key.public.map((byte) => byte ^ 1) };
  await expect(openCheckpoint(last.note, other)).rejects.toThrow(Broken);
  await expect(openCheckpoint(last.note.replace("\n300\n", "\n301\n"), key)).rejects.toThrow("ledgerNotSigned");
  await expect(cosignedAt(last.note.replace("\n300\n", "\n301\n"), witness)).rejects.toThrow("ledgerBadCosignature");
  expect(() => parseKey(vectors.key.replace("town", "city"))).toThrow(Broken);
});

it("writes JSON as the server does", () => {
  for (const { value, text } of vectors.canonical) expect(canonical(value)).toBe(text);
});

it("cuts trees where RFC 6962 does", () => {
  for (const [name, spans] of Object.entries(vectors.inclusion)) {
    const [index, size] = name.split("/").map(Number);
    expect(inclusionSpans(index!, size!)).toEqual(spans);
  }
  for (const [name, spans] of Object.entries(vectors.consistency)) {
    const [old, size] = name.split("/").map(Number);
    expect(consistencySpans(old!, size!)).toEqual(spans);
  }
});
