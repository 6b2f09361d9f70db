import htmx from "htmx.org";
import { button, make } from "../lib/dom";
import { say } from "../lib/words";

interface Change {
  what: string;
  post: string;
  comment: string;
}

interface Told {
  since: string;
  changes: Change[];
  reload: boolean;
}

const POLL_MS = 10_000;
/** Near the top of the page nobody's reading is moved by what is put there. */
const AT_TOP_PX = 160;

/**
 * A list or a post that shows what others do to it. It hears of a change by server-sent events, and where there is
 * no stream by asking; then it fetches that part anew, as its reader may see it. What is being read never moves.
 */
export function mount(element: HTMLElement): void {
  const view = element.dataset["post"] ? new Thread(element) : new List(element);
  // One after another, as they happened.
  let before: Promise<void> = Promise.resolve();
  const take = (work: () => Promise<void>): void => {
    before = before.then(work).catch((error: unknown) => console.warn("A change could not be shown.", error));
  };
  listen(element, (change) => take(() => view.show(change)), () => take(() => view.reload()));
}

function listen(element: HTMLElement, changed: (change: Change) => void, reload: () => void): void {
  const asked = new URLSearchParams();
  for (const name of ["radius", "post", "since"]) if (element.dataset[name]) asked.set(name, element.dataset[name] ?? "");
  const stream = element.dataset["stream"];
  if (!stream || !("EventSource" in window)) return poll(element, asked, changed, reload);
  const source = new EventSource(`${stream}?${asked}`, { withCredentials: true });
  const remember = (event: MessageEvent): void => asked.set("since", event.lastEventId);
  source.addEventListener("here", remember);
  source.addEventListener("change", (event: MessageEvent<string>) => {
    remember(event);
    changed(JSON.parse(event.data) as Change);
  });
  source.addEventListener("reload", (event: MessageEvent<string>) => {
    remember(event);
    reload();
  });
  source.addEventListener("error", () => {
    // The browser comes back by itself from a lost connection, but not from an answer that isn't a stream.
    if (source.readyState === EventSource.CLOSED) poll(element, asked, changed, reload);
  });
  window.addEventListener("pagehide", () => source.close());
  // A page that the browser had put aside hears nothing any more.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  element.dataset["live"] = "stream";
}

function poll(element: HTMLElement, asked: URLSearchParams, changed: (change: Change) => void, reload: () => void): void {
  element.dataset["live"] = "poll";
  const ask = async (): Promise<void> => {
    if (document.hidden) return;
    const response = await fetch(`${element.dataset["poll"] ?? ""}?${asked}`, { redirect: "error" });
    if (!response.ok) return;
    const told = (await response.json()) as Told;
    asked.set("since", told.since);
    if (told.reload) reload();
    else told.changes.forEach(changed);
  };
  const again = (): void => void ask().catch(() => undefined);
  window.setInterval(again, POLL_MS);
  document.addEventListener("visibilitychange", again);
}

/** A part of a page of ours, or null where it is gone. */
async function part(url: string): Promise<DocumentFragment | null> {
  const response = await fetch(url, { redirect: "error" });
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  return template.content;
}

class List {
  private readonly waiting: Element[] = [];
  private more: HTMLButtonElement | null = null;

  constructor(private readonly list: HTMLElement) {}

  async show(change: Change): Promise<void> {
    const here = this.find(change.post);
    const isNew = change.what === "post" || change.what === "resolved";
    if (!here && !isNew) return;
    const found = change.what === "gone" ? null : await part((this.list.dataset["card"] ?? "").replace("REF", change.post));
    const card = found?.firstElementChild ?? null;
    const kind = this.list.dataset["kind"];
    if (!card || (kind && card.getAttribute("data-kind") !== kind)) here?.remove();
    else if (here) here.replaceWith(card);
    else if ("grows" in this.list.dataset) this.add(card);
  }

  async reload(): Promise<void> {
    const page = await part(location.href);
    const list = page?.querySelector("#post-list");
    if (list) this.list.replaceChildren(...list.children);
    document.getElementById("nothing")?.toggleAttribute("hidden", this.list.childElementCount > 0);
  }

  private find(ref: string): Element | undefined {
    return [...this.list.children, ...this.waiting].find((each) => each.getAttribute("data-ref") === ref);
  }

  private add(card: Element): void {
    card.classList.add("new");
    this.waiting.unshift(card);
    if (window.scrollY <= AT_TOP_PX) this.put();
    else this.offer();
  }

  private put(): void {
    this.list.prepend(...this.waiting.splice(0));
    this.more?.remove();
    this.more = null;
    document.getElementById("nothing")?.setAttribute("hidden", "");
  }

  private offer(): void {
    this.more ??= button("", () => this.showAll(), { class: "btn small fresh" });
    this.more.textContent = say("liveNew", { n: this.waiting.length });
    if (!this.more.isConnected) this.list.before(make("div", { class: "fresh-line", role: "status" }, this.more));
  }

  private showAll(): void {
    const [first] = this.waiting;
    this.put();
    first?.querySelector("a")?.focus();
    first?.scrollIntoView({ block: "center" });
  }
}

class Thread {
  constructor(private readonly element: HTMLElement) {}

  async show(_change?: Change): Promise<void> {
    const url = `${this.element.dataset["thread"] ?? ""}${location.search}`;
    // Of what is gone its author still has a page, with a way to take that back; all others have none.
    const fresh = await part(url);
    const body = document.getElementById("post-body");
    if (!fresh) {
      body?.replaceChildren(make("p", { class: "notice plain", role: "status" }, say("liveGone")));
      return;
    }
    for (const id of ["post-body", "thread"]) {
      const part = fresh.querySelector(`#${id}`);
      if (!(part instanceof HTMLElement)) continue;
      document.getElementById(id)?.replaceWith(part);
      htmx.process(part);
    }
  }

  reload(): Promise<void> {
    return this.show();
  }
}
