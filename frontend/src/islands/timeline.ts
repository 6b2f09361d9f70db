import { make, need } from "../lib/dom";
import { type Day, distance, momentAt, shareOf, stillAt } from "../lib/scrub";
import { clockTime, language, say } from "../lib/words";

/** A clip, as `resident:moment` tells it. */
interface Clip {
  ref: string;
  camera: string;
  page: string;
  title: string;
  about: string;
  starts: number;
  ends: number;
  src: string;
  poster: string;
  stills: { url: string; count: number; width: number; height: number; every_ms: number } | null;
}

const REST_MS = 50; // the pointer rests so long before the server is asked
const NEAR_PX = 10; // so near to a clip, a click means it

/** Looking through a day: stills under the pointer, a clip at a click, from clip to clip by keys. */
export function mount(element: HTMLElement): void {
  const day: Day = { starts: Number(element.dataset["starts"]) * 1000, ends: Number(element.dataset["ends"]) * 1000 };
  const watching = watcher(element);
  const lanes = [...element.querySelectorAll<HTMLElement>(".lane")].map((lane) => track(lane, element, day, watching.play));
  lanes.forEach((lane, number) => {
    lane.scrub.addEventListener("keydown", (event) => {
      const beside = lanes[number + (event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0)];
      if (!beside || beside === lane) return;
      event.preventDefault();
      beside.scrub.focus();
    });
  });
  const help = need<HTMLElement>(element, ".with-keys");
  help.hidden = false;
  element.addEventListener("keydown", (event) => {
    if (event.key !== "?") return;
    const keys = need<HTMLDetailsElement>(help, "details");
    keys.open = !keys.open;
    keys.scrollIntoView({ block: "nearest" });
  });
  document.querySelector(".clips")?.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLElement>("a.still") : null;
    const modified = event instanceof MouseEvent && (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0);
    const ref = link?.closest("li")?.id.replace("clip-", "");
    if (!link || !ref || modified) return;
    event.preventDefault();
    void ask(element, { clip: ref }).then((clip) => clip && watching.play(clip, link));
  });
}

/** The clip that the server finds; null for none, and where it doesn't answer. */
async function ask(element: HTMLElement, wanted: Record<string, string>, signal?: AbortSignal): Promise<Clip | null> {
  const asked = new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(location.search)), ...wanted });
  try {
    const answer = await fetch(`${element.dataset["moment"]}?${asked}`, signal ? { signal } : {});
    return answer.ok ? ((await answer.json()) as { clip: Clip | null }).clip : null;
  } catch {
    return null;
  }
}

function watcher(element: HTMLElement): { play: (clip: Clip, from: HTMLElement) => void } {
  const panel = need<HTMLElement>(element, ".watching");
  const player = need<HTMLElement>(panel, ".player");
  const video = need<HTMLVideoElement>(panel, "video");
  const title = need<HTMLElement>(panel, "h2");
  let now: Clip | null = null;
  let opener: HTMLElement | null = null;

  const play = (clip: Clip, from: HTMLElement): void => {
    [now, opener] = [clip, from];
    player.querySelector(".notice")?.remove();
    title.textContent = clip.title;
    need<HTMLElement>(panel, ".about").textContent = clip.about;
    need<HTMLAnchorElement>(panel, "a").href = clip.page;
    panel.hidden = false;
    video.setAttribute("aria-label", clip.title);
    video.poster = clip.poster;
    video.src = clip.src;
    video.play().catch(() => undefined); // a browser may want a click first; its controls are there
    panel.scrollIntoView({ block: "nearest" });
    video.focus({ preventScroll: true });
  };
  const close = (): void => {
    video.pause();
    video.removeAttribute("src");
    video.load();
    panel.hidden = true;
    opener?.focus();
  };
  const go = (way: string): void => {
    if (now && opener) void ask(element, { clip: now.ref, go: way }).then((clip) => clip && opener && play(clip, opener));
  };
  const tools = make("div", { class: "tools" }, tool(say("clipEarlier"), () => go("earlier")), tool(say("clipLater"), () => go("later")), tool(say("close"), close));
  panel.append(tools);
  panel.addEventListener(
    "keydown",
    (event) => {
      const act = event.key === "Escape" ? close : event.shiftKey && event.key === "ArrowLeft" ? () => go("earlier") : event.shiftKey && event.key === "ArrowRight" ? () => go("later") : null;
      if (!act || (event.key === "Escape" && document.fullscreenElement)) return;
      event.preventDefault();
      event.stopPropagation(); // the player's own arrows wind within the clip
      act();
    },
    true,
  );
  return { play };
}

function tool(text: string, onClick: () => void): HTMLButtonElement {
  const element = make("button", { type: "button", class: "btn small" }, text);
  element.addEventListener("click", onClick);
  return element;
}

/** One camera's strip: a slider from clip to clip, with the clip's stills beside it. */
function track(lane: HTMLElement, element: HTMLElement, day: Day, play: (clip: Clip, from: HTMLElement) => void): { scrub: HTMLElement } {
  const camera = lane.dataset["camera"] ?? "";
  const scrub = make("div", { class: "scrub", role: "slider", tabindex: "0", "aria-label": say("strip", { camera: lane.dataset["name"] ?? "" }), "aria-valuemin": "0", "aria-valuemax": String((day.ends - day.starts) / 1000) });
  const cursor = make("div", { class: "cursor", hidden: "" });
  const peek = make("div", { class: "peek", hidden: "" });
  need<HTMLElement>(lane, ".track").append(scrub, cursor, peek);
  let at = Math.min(Date.now(), day.ends);
  let clip: Clip | null = null;
  let waiting = 0;
  let asking = new AbortController();

  const words = (): string => {
    const time = clockTime(new Date(at), element.dataset["zone"] || "UTC", language()).replace(/\.\d/, "");
    return clip && distance(at, clip) === 0 ? `${time}, ${clip.about}` : time;
  };
  const tell = (): void => {
    scrub.setAttribute("aria-valuenow", String(Math.round((at - day.starts) / 1000)));
    scrub.setAttribute("aria-valuetext", words());
  };
  const show = (): void => {
    const share = shareOf(at, day);
    cursor.style.insetInlineStart = `${share * 100}%`;
    peek.style.insetInlineStart = `clamp(5.2rem, ${share * 100}%, 100% - 5.2rem)`;
    cursor.hidden = peek.hidden = false;
    tell();
    const near = clip && distance(at, clip) <= (NEAR_PX / scrub.clientWidth) * (day.ends - day.starts) ? clip : null;
    peek.replaceChildren(...(near ? [picture(near, at)] : []), make("span", {}, words()));
  };
  const hide = (): void => {
    window.clearTimeout(waiting);
    asking.abort();
    if (document.activeElement !== scrub) cursor.hidden = peek.hidden = true;
  };
  /** Once something was waited for: nothing pops up where the reader no longer is. */
  const showHere = (): void => {
    if (document.activeElement === scrub || scrub.matches(":hover")) show();
    else tell();
  };
  /** Find the clip there, unless it is the one that is known. */
  const find = async (): Promise<void> => {
    if (clip && distance(at, clip) === 0) return show();
    asking.abort();
    asking = new AbortController();
    const found = await ask(element, { camera, at: new Date(at).toISOString() }, asking.signal);
    if (found) clip = found;
    showHere();
  };
  const step = async (way: "earlier" | "later"): Promise<void> => {
    const inside = clip && distance(at, clip) === 0;
    const found = await ask(element, inside && clip ? { clip: clip.ref, go: way } : { camera, at: new Date(at).toISOString() });
    if (!found || found.starts < day.starts || found.starts >= day.ends) return showHere();
    [clip, at] = [found, found.starts];
    showHere();
  };
  const start = async (): Promise<void> => {
    await find();
    if (clip && distance(at, clip) <= (NEAR_PX / scrub.clientWidth) * (day.ends - day.starts)) play(clip, scrub);
  };
  const follow = (event: PointerEvent): void => {
    at = momentAt(event.clientX - scrub.getBoundingClientRect().left, scrub.clientWidth, day);
    show();
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => void find(), REST_MS);
  };
  scrub.addEventListener("pointermove", follow);
  scrub.addEventListener("pointerdown", follow);
  scrub.addEventListener("pointerleave", hide);
  scrub.addEventListener("click", () => void start());
  scrub.addEventListener("focus", () => void find());
  scrub.addEventListener("blur", hide);
  const keys: Record<string, () => unknown> = {
    ArrowLeft: () => step("earlier"),
    j: () => step("earlier"),
    ArrowRight: () => step("later"),
    l: () => step("later"),
    Home: () => ((at = day.starts), find()),
    End: () => ((at = day.ends), find()),
    Enter: start,
    " ": start,
    k: start,
  };
  scrub.addEventListener("keydown", (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? null : keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    void act();
  });
  tell();
  return { scrub };
}

/** What was to be seen then: one still of the clip's sheet, or its poster. */
function picture(clip: Clip, at: number): HTMLElement {
  const image = make("img", { src: clip.stills?.url ?? clip.poster, alt: "", decoding: "async" });
  const frame = make("div", { class: "still" }, image);
  if (clip.stills) {
    frame.style.aspectRatio = `${clip.stills.width} / ${clip.stills.height}`;
    image.style.inlineSize = `${clip.stills.count * 100}%`;
    image.style.transform = `translateX(${(-100 * stillAt(at - clip.starts, clip.stills)) / clip.stills.count}%)`;
  }
  return frame;
}
