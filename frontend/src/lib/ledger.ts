import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * Checking the public ledger with this page's own code: notes and checkpoints by C2SP, trees and proofs by RFC 6962
 * and RFC 9162. The server's program does the same in Python; tests/ledger-vectors.json keeps the two equal.
 */

export type Fetch = (path: string) => Promise<Uint8Array>;
export type Span = [number, number];

const LOG = 1;
const WITNESS = 4;
const WIDTH = 256;
const EMPTY_ROOT = sha256(new Uint8Array());
const LEAF_FIELDS = ["at", "commitment", "kind", "v"];

/** Something doesn't hold. `what` names a sentence of the page's words. */
export class Broken extends Error {
  constructor(
    readonly what: string,
    readonly values: Record<string, string | number> = {},
  ) {
    super(what);
  }
}

export interface Key {
  name: string;
  id: string;
  kind: number;
  public: Uint8Array<ArrayBuffer>;
}

export interface Checkpoint {
  origin: string;
  size: number;
  root: Uint8Array;
}

interface Signature {
  name: string;
  id: string;
  raw: Uint8Array<ArrayBuffer>;
}

export function base64(text: string): Uint8Array<ArrayBuffer> {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    throw new Broken("ledgerUnreadable");
  }
  if (btoa(binary) !== text) throw new Broken("ledgerUnreadable");
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

/** A key as C2SP writes it, `name+hash+base64`: of a log (kind 1) or a witness (kind 4). */
export function parseKey(text: string): Key {
  const [name, id, ...rest] = text.trim().split("+");
  const raw = base64(rest.join("+"));
  const kind = raw[0] ?? 0;
  const wanted = bytesToHex(sha256(concatBytes(utf8ToBytes(`${name}\n`), raw)).slice(0, 4));
  if (!name || raw.length !== 33 || id !== wanted || (kind !== LOG && kind !== WITNESS)) throw new Broken("ledgerUnreadable");
  return { name, id, kind, public: raw.slice(1) };
}

/** A note's text, which ends in a newline, and its signatures, of which none was checked. */
export function splitNote(note: string): { text: string; signatures: Signature[] } {
  const at = note.lastIndexOf("\n\n");
  if (at < 0 || !note.endsWith("\n")) throw new Broken("ledgerUnreadable");
  const lines = note.slice(at + 2, -1).split("\n");
  const signatures = lines.map((line) => {
    const [dash, name, signed, ...more] = line.split(" ");
    if (dash !== "—" || !name || !signed || more.length) throw new Broken("ledgerUnreadable");
    const raw = base64(signed);
    return { name, id: bytesToHex(raw.slice(0, 4)), raw: raw.slice(4) };
  });
  return { text: note.slice(0, at + 1), signatures };
}

export function parseCheckpoint(text: string): Checkpoint {
  const [origin, size, root] = text.split("\n");
  if (!origin || !size || !root || !/^(0|[1-9][0-9]{0,14})$/.test(size)) throw new Broken("ledgerUnreadable");
  const hash = base64(root);
  if (hash.length !== 32) throw new Broken("ledgerUnreadable");
  return { origin, size: Number(size), root: hash };
}

/** The checkpoint in a note that `key` signed for the log of its own name. */
export async function openCheckpoint(note: string, key: Key): Promise<Checkpoint> {
  const { text, signatures } = splitNote(note);
  const ours = signatures.filter((one) => one.name === key.name && one.id === key.id);
  if (!ours.length) throw new Broken("ledgerNotSigned", { name: key.name });
  for (const one of ours) {
    if (!(await signed(key, one.raw, text))) throw new Broken("ledgerNotSigned", { name: key.name });
  }
  const checkpoint = parseCheckpoint(text);
  if (checkpoint.origin !== key.name) throw new Broken("ledgerNotSigned", { name: key.name });
  return checkpoint;
}

/** When this witness cosigned the note, in seconds since 1970; null where it didn't. */
export async function cosignedAt(note: string, witness: Key): Promise<number | null> {
  const { text, signatures } = splitNote(note);
  let first: number | null = null;
  for (const one of signatures.filter((each) => each.name === witness.name && each.id === witness.id)) {
    if (one.raw.length !== 72) throw new Broken("ledgerBadCosignature", { name: witness.name });
    const time = new DataView(one.raw.buffer, one.raw.byteOffset).getBigUint64(0);
    if (!(await signed(witness, one.raw.slice(8), `cosignature/v1\ntime ${time}\n${text}`))) throw new Broken("ledgerBadCosignature", { name: witness.name });
    first = first === null ? Number(time) : Math.min(first, Number(time));
  }
  return first;
}

async function signed(key: Key, signature: Uint8Array<ArrayBuffer>, message: string): Promise<boolean> {
  const imported = await crypto.subtle.importKey("raw", key.public, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, new TextEncoder().encode(message));
}

export function leafHash(leaf: Uint8Array): Uint8Array {
  return sha256(concatBytes(Uint8Array.of(0), leaf));
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concatBytes(Uint8Array.of(1), left, right));
}

/** The spans whose hashes are the inclusion proof of leaf `index`, leaf upward (RFC 6962, 2.1.1). */
export function inclusionSpans(index: number, size: number): Span[] {
  const spans: Span[] = [];
  let [begin, end] = [0, size];
  while (end - begin > 1) {
    const middle = begin + half(end - begin);
    if (index < middle) {
      spans.push([middle, end]);
      end = middle;
    } else {
      spans.push([begin, middle]);
      begin = middle;
    }
  }
  return spans.reverse();
}

/** The spans whose hashes prove that `old` leaves are a beginning of `size` (RFC 6962, 2.1.2). */
export function consistencySpans(old: number, size: number): Span[] {
  const spans: Span[] = [];
  let [begin, end, whole] = [0, size, true];
  while (old !== end) {
    const middle = begin + half(end - begin);
    if (old <= middle) {
      spans.push([middle, end]);
      end = middle;
    } else {
      spans.push([begin, middle]);
      begin = middle;
      whole = false;
    }
  }
  if (!whole) spans.push([begin, end]);
  return spans.reverse();
}

/** RFC 9162, 2.1.3.2. */
export function inclusionHolds(leaf: Uint8Array, index: number, size: number, path: Uint8Array[], root: Uint8Array): boolean {
  if (index < 0 || index >= size) return false;
  let [at, last, result] = [index, size - 1, leaf];
  for (const part of path) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      result = nodeHash(part, result);
      while (at % 2 === 0 && at > 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    } else {
      result = nodeHash(result, part);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && same(result, root);
}

/** RFC 9162, 2.1.4.2. */
export function consistencyHolds(old: number, oldRoot: Uint8Array, size: number, root: Uint8Array, path: Uint8Array[]): boolean {
  if (old < 1 || old > size) return false;
  if (old === size) return path.length === 0 && same(oldRoot, root);
  const parts = Number.isInteger(Math.log2(old)) ? [oldRoot, ...path] : [...path];
  const begin = parts.shift();
  if (!begin) return false;
  let [at, last] = [old - 1, size - 1];
  while (at % 2 === 1) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  let [first, second] = [begin, begin];
  for (const part of parts) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      [first, second] = [nodeHash(part, first), nodeHash(part, second)];
      while (at % 2 === 0 && at > 0) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    } else {
      second = nodeHash(second, part);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && same(first, oldRoot) && same(second, root);
}

/** Hashes of a log of `size` entries, read from its tiles. Nothing read here is believed by itself. */
export class Tiles {
  private readonly read = new Map<string, Promise<Uint8Array>>();

  constructor(
    private readonly fetch: Fetch,
    private readonly size: number,
  ) {}

  async inclusion(index: number): Promise<Uint8Array[]> {
    return Promise.all(inclusionSpans(index, this.size).map((span) => this.hash(span)));
  }

  async consistency(old: number): Promise<Uint8Array[]> {
    return Promise.all(consistencySpans(old, this.size).map((span) => this.hash(span)));
  }

  async hash([begin, end]: Span): Promise<Uint8Array> {
    const parts: Promise<Uint8Array>[] = [];
    for (let at = begin; at < end; ) {
      const level = Math.floor(Math.log2(end - at));
      parts.push(this.node(level, at / 2 ** level));
      at += 2 ** level;
    }
    const hashes = await Promise.all(parts);
    return hashes.length ? hashes.reduceRight((right, left) => nodeHash(left, right)) : EMPTY_ROOT;
  }

  private async node(level: number, index: number): Promise<Uint8Array> {
    const height = level % 8;
    const first = index * 2 ** height;
    const tile = await this.tile(Math.floor(level / 8), Math.floor(first / WIDTH));
    const at = first % WIDTH;
    let parts: Uint8Array[] = Array.from({ length: 2 ** height }, (_, place) => tile.slice(32 * (at + place), 32 * (at + place + 1)));
    while (parts.length > 1) parts = Array.from({ length: parts.length / 2 }, (_, pair) => nodeHash(parts[2 * pair]!, parts[2 * pair + 1]!));
    return parts[0]!;
  }

  private tile(level: number, number: number): Promise<Uint8Array> {
    const width = Math.min(WIDTH, Math.floor(this.size / 2 ** (8 * level)) - number * WIDTH);
    const path = `tile/${level}/${numbered(number, width)}`;
    let found = this.read.get(path);
    if (!found) {
      found = this.fetch(path).then((tile) => {
        if (tile.length !== 32 * width) throw new Broken("ledgerUnreadable");
        return tile;
      });
      this.read.set(path, found);
    }
    return found;
  }
}

export interface Entry {
  index: number;
  kind: string;
  at: string;
  subject: string;
  body: Record<string, unknown> | null;
  salt: string;
}

/** An entry that was proven to be under the checkpoint, word for word; `body` is null where the law erased it. */
export async function provenEntry(fetch: Fetch, checkpoint: Checkpoint, index: number): Promise<Entry> {
  if (!Number.isInteger(index) || index < 0 || index >= checkpoint.size) throw new Broken("ledgerNoEntry", { index });
  const number = Math.floor(index / WIDTH);
  const name = numbered(number, Math.min(WIDTH, checkpoint.size - number * WIDTH));
  const leaf = leafAt(await fetch(`tile/entries/${name}`), index % WIDTH);
  const path = await new Tiles(fetch, checkpoint.size).inclusion(index);
  if (!inclusionHolds(leafHash(leaf), index, checkpoint.size, path, checkpoint.root)) throw new Broken("ledgerNotIn", { index });
  const shown = (JSON.parse(text(await fetch(`contents/${name}`))) as Entry[])[index % WIDTH];
  if (!shown || shown.index !== index) throw new Broken("ledgerNotIn", { index });
  checkCommitment(shown, leaf);
  return shown;
}

/** Whether an entry says what its leaf commits to: SHA-256 over the salt and the canonical JSON of body and subject. */
export function checkCommitment(entry: Entry, leaf: Uint8Array): void {
  const fields = JSON.parse(text(leaf)) as Record<string, unknown>;
  const known = Object.keys(fields).sort().join() === LEAF_FIELDS.join() && canonical(fields) === text(leaf);
  const says = known && fields["kind"] === entry.kind && fields["at"] === entry.at;
  if (says && entry.body === null && entry.salt === "") return;
  const salted = says && /^[0-9a-f]{64}$/.test(entry.salt) && entry.body !== null;
  const committed = salted ? concatBytes(hexToBytes(entry.salt), utf8ToBytes(canonical({ body: entry.body, subject: entry.subject }))) : null;
  if (!committed || bytesToHex(sha256(committed)) !== fields["commitment"]) throw new Broken("ledgerOtherWords", { index: entry.index });
}

/** The one JSON form of a value that the ledger allows: keys in their order, no space. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${fields.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
}

function leafAt(bundle: Uint8Array, place: number): Uint8Array {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  let at = 0;
  for (let passed = 0; at + 2 <= bundle.length; passed++) {
    const length = view.getUint16(at);
    if (passed === place) return bundle.slice(at + 2, at + 2 + length);
    at += 2 + length;
  }
  throw new Broken("ledgerUnreadable");
}

function numbered(number: number, width: number): string {
  const parts = [String(number % 1000).padStart(3, "0")];
  for (let rest = Math.floor(number / 1000); rest > 0; rest = Math.floor(rest / 1000)) parts.push(`x${String(rest % 1000).padStart(3, "0")}`);
  return parts.reverse().join("/") + (width === WIDTH ? "" : `.p/${width}`);
}

function half(count: number): number {
  return 2 ** (Math.ceil(Math.log2(count)) - 1);
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return bytesToHex(one) === bytesToHex(other);
}

function text(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
