import { button, make, need } from "../lib/dom";
import { Broken, type Checkpoint, consistencyHolds, cosignedAt, type Entry, type Fetch, type Key, openCheckpoint, parseKey, provenEntry, Tiles } from "../lib/ledger";
import { type Key as Word, language, say } from "../lib/words";

/** What this browser saw of a log last time. */
interface Memory {
  key: string;
  note: string;
}

type Kind = "holds" | "broken" | "unchecked";

/**
 * Checks the ledger in the reader's own browser: the files are fetched, and everything is hashed and compared here.
 * Each finding is a line that says what it proves; what this page can't prove is said as well.
 */
export async function mount(element: HTMLElement): Promise<void> {
  const form = need<HTMLFormElement>(element, "form");
  const found = make("ul", { class: "findings" });
  const told = make("div", { class: "stack" });
  element.append(make("div", { role: "status" }, found), told);
  const check = async (): Promise<void> => {
    found.replaceChildren();
    told.replaceChildren();
    found.setAttribute("aria-busy", "true");
    const tell = (kind: Kind, word: Word, values: Record<string, string | number> = {}): void => {
      found.append(make("li", { class: kind }, make("b", {}, say(`ledger_${kind}`)), " ", say(word, values)));
    };
    try {
      await run(element.dataset["ledger"] ?? "/ledger/", need<HTMLInputElement>(form, "input").value, tell, told);
    } catch (error) {
      if (error instanceof Broken) tell("broken", error.what as Word, error.values);
      else tell("unchecked", "ledgerUnread");
    }
    found.setAttribute("aria-busy", "false");
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void check();
  });
  const forget = button(say("ledgerForget"), () => {
    localStorage.removeItem(place(element.dataset["ledger"] ?? "/ledger/"));
    found.replaceChildren(make("li", { class: "unchecked" }, say("ledgerForgotten")));
  });
  need(form, ".row").append(forget);
  form.hidden = false;
}

async function run(ledger: string, wanted: string, tell: (kind: Kind, word: Word, values?: Record<string, string | number>) => void, told: HTMLElement): Promise<void> {
  const fetched: Fetch = async (path) => {
    const answer = await fetch(ledger + path, { cache: "no-store", credentials: "omit" });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}.`);
    return new Uint8Array(await answer.arrayBuffer());
  };
  const words = async (path: string): Promise<string> => new TextDecoder().decode(await fetched(path));
  const memory = recall(ledger);
  const shown = (await words("key")).trim();
  if (memory && memory.key !== shown) throw new Broken("ledgerOtherKey");
  const key = parseKey(shown);
  const note = await words("checkpoint");
  const checkpoint = await openCheckpoint(note, key);
  tell("holds", "ledgerSigned", { name: key.name, size: figure(checkpoint.size) });
  await compare(memory, key, checkpoint, fetched, tell);
  await witnessed(note, await words("witnesses"), tell);
  if (wanted.trim() !== "") {
    const entry = await provenEntry(fetched, checkpoint, Number(wanted));
    tell("holds", entry.body === null ? "ledgerErased" : "ledgerIn", { index: figure(entry.index) });
    told.append(shownEntry(entry));
  }
  localStorage.setItem(place(ledger), JSON.stringify({ key: shown, note } satisfies Memory));
  tell("unchecked", "ledgerLimits");
}

async function compare(memory: Memory | null, key: Key, now: Checkpoint, fetched: Fetch, tell: (kind: Kind, word: Word, values?: Record<string, string | number>) => void): Promise<void> {
  if (!memory) return tell("unchecked", "ledgerFirst");
  const before = await openCheckpoint(memory.note, key);
  if (before.size > now.size) throw new Broken("ledgerShrunk", { before: figure(before.size), now: figure(now.size) });
  const path = before.size < now.size && before.size > 0 ? await new Tiles(fetched, now.size).consistency(before.size) : [];
  if (before.size > 0 && !consistencyHolds(before.size, before.root, now.size, now.root, path)) throw new Broken("ledgerRewritten", { before: figure(before.size) });
  tell("holds", "ledgerGrew", { before: figure(before.size) });
}

async function witnessed(note: string, keys: string, tell: (kind: Kind, word: Word, values?: Record<string, string | number>) => void): Promise<void> {
  const all = keys.split("\n").filter(Boolean).map(parseKey);
  for (const witness of all) {
    const at = await cosignedAt(note, witness);
    if (at === null) tell("unchecked", "ledgerUnwitnessed", { name: witness.name });
    else tell("holds", "ledgerWitnessed", { name: witness.name, when: new Date(at * 1000).toLocaleString(language()) });
  }
  if (!all.length) tell("unchecked", "ledgerNoWitness");
}

function shownEntry(entry: Entry): HTMLElement {
  const label = say("ledgerSays", { index: figure(entry.index) });
  const content = JSON.stringify({ kind: entry.kind, at: entry.at, subject: entry.subject, body: entry.body }, null, 1);
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, make("pre", { class: "mono" }, content));
}

function recall(ledger: string): Memory | null {
  try {
    const kept = JSON.parse(localStorage.getItem(place(ledger)) ?? "null") as Partial<Memory> | null;
    return kept && typeof kept.key === "string" && typeof kept.note === "string" ? { key: kept.key, note: kept.note } : null;
  } catch {
    return null;
  }
}

function place(ledger: string): string {
  return `ledger:${ledger}`;
}

function figure(value: number): string {
  return value.toLocaleString(language());
}
