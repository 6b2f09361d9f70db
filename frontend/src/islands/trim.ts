import { clamped, type Cut, nearest, next, plan, readMoment, stops, writtenMoment } from "../lib/cut";
import { button, changed, make, need } from "../lib/dom";
import { clockTime, duration as lengthOf, language, playTime, say } from "../lib/words";

const STEP_MS = 100;
const SVG = "http://www.w3.org/2000/svg";

/** Choosing what of a clip leaves: two handles on a strip, beside the form's own fields, which keep what was chosen. */
export function mount(element: HTMLElement): void {
  const starts = need<HTMLInputElement>(element, "[data-trim=starts]");
  const ends = need<HTMLInputElement>(element, "[data-trim=ends]");
  const exact = need<HTMLInputElement>(element, "[data-trim=exact]");
  const duration = Number(element.dataset["duration"]);
  const keyframes = JSON.parse(element.dataset["keyframes"] ?? "[]") as number[];
  const marks = stops(keyframes, duration);
  const low = handle(say("trimStart"), duration);
  const high = handle(say("trimEnd"), duration);
  const picture = strip(marks, duration);
  const words = make("p", { class: "readout", role: "status" });
  const rail = make("div", { class: "rail" }, picture.svg, low, high);
  element.querySelector("legend")?.after(rail, words);
  let wanted: Cut = clamped({ starts: readMoment(starts.value) ?? 0, ends: readMoment(ends.value) ?? duration }, duration);

  const show = (): void => {
    const leaving = plan(wanted, keyframes, duration, exact.checked);
    [starts.value, ends.value] = [writtenMoment(wanted.starts), writtenMoment(wanted.ends)];
    [low.value, high.value] = [String(leaving.starts), String(leaving.ends)];
    low.setAttribute("aria-valuetext", playTime(leaving.starts / 1000, true));
    high.setAttribute("aria-valuetext", playTime(leaving.ends / 1000, true));
    picture.show(leaving);
    words.replaceChildren(...sentences(element, wanted, leaving, exact.checked));
  };
  const choose = (cut: Cut): void => {
    wanted = clamped(cut, duration);
    show();
    changed(starts);
  };
  const settle = (at: number): number => (exact.checked ? at : nearest(at, marks));
  low.addEventListener("input", () => choose({ starts: Math.min(settle(Number(low.value)), wanted.ends - 1), ends: wanted.ends }));
  high.addEventListener("input", () => choose({ starts: wanted.starts, ends: Math.max(settle(Number(high.value)), wanted.starts + 1) }));
  for (const [range, side] of [[low, "starts"], [high, "ends"]] as const) {
    range.addEventListener("keydown", (event) => {
      const direction = directionOf(event);
      if (!direction) return;
      event.preventDefault();
      const now = plan(wanted, keyframes, duration, exact.checked);
      const to = exact.checked ? now[side] + direction * STEP_MS : next(now[side], marks, direction);
      if (side === "starts" ? to < now.ends : to > now.starts) choose({ ...now, [side]: to });
    });
  }
  for (const field of [starts, ends]) {
    field.addEventListener("change", (event) => {
      if (event.isTrusted) choose({ starts: readMoment(starts.value) ?? wanted.starts, ends: readMoment(ends.value) ?? wanted.ends });
    });
  }
  exact.addEventListener("change", show);
  const details = element.querySelector("details");
  if (details && !element.querySelector("[aria-invalid=true]")) details.open = false;
  addVideoButtons(element, () => wanted, choose, () => plan(wanted, keyframes, duration, exact.checked));
  show();
}

function directionOf(event: KeyboardEvent): 1 | -1 | 0 {
  if (event.key === "ArrowRight" || event.key === "ArrowUp") return 1;
  return event.key === "ArrowLeft" || event.key === "ArrowDown" ? -1 : 0;
}

function handle(label: string, duration: number): HTMLInputElement {
  return make("input", { type: "range", min: "0", max: String(duration), step: "1", "aria-label": label });
}

function strip(marks: number[], duration: number): { svg: SVGElement; show: (cut: Cut) => void } {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "strip");
  svg.setAttribute("aria-hidden", "true");
  const percent = (ms: number): string => `${(ms / duration) * 100}%`;
  const leaving = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ class: "has on", y: "0", height: "100%" })) leaving.setAttribute(name, value);
  svg.append(leaving);
  for (const mark of marks) {
    const line = document.createElementNS(SVG, "line");
    for (const [name, value] of Object.entries({ class: "key", x1: percent(mark), x2: percent(mark), y1: "72%", y2: "100%" })) line.setAttribute(name, value);
    svg.append(line);
  }
  const show = (cut: Cut): void => {
    leaving.setAttribute("x", percent(cut.starts));
    leaving.setAttribute("width", percent(cut.ends - cut.starts));
  };
  return { svg, show };
}

function sentences(element: HTMLElement, wanted: Cut, leaving: Cut, exact: boolean): Node[] {
  const lang = language();
  const zone = element.dataset["timeZone"] || "UTC";
  const begins = Date.parse(element.dataset["startsAt"] ?? "");
  const at = (ms: number): string => (Number.isNaN(begins) ? playTime(ms / 1000, true) : clockTime(new Date(begins + ms), zone, lang));
  const found: Node[] = [make("strong", {}, say("trimWords", { start: at(leaving.starts), end: at(leaving.ends), length: lengthOf(leaving.ends - leaving.starts, lang) }))];
  const more = leaving.ends - leaving.starts - (wanted.ends - wanted.starts);
  if (exact) found.push(make("span", {}, say("trimExact")));
  else if (more >= 50) found.push(make("span", {}, say("trimMore", { more: lengthOf(more, lang) })));
  const longest = Number(element.dataset["exactMax"]);
  if (exact && longest && leaving.ends - leaving.starts > longest) found.push(make("span", { class: "wrong" }, say("trimTooLong", { limit: longest / 1000 })));
  return found;
}

/** With the clip's player on the page: take the place where it is, and play exactly what will leave. */
function addVideoButtons(element: HTMLElement, wanted: () => Cut, choose: (cut: Cut) => void, leaving: () => Cut): void {
  const video = document.getElementById(element.dataset["player"] ?? "")?.querySelector("video");
  if (!video) return;
  const now = (): number => Math.round(video.currentTime * 1000);
  const playIt = (): void => {
    const { starts, ends } = leaving();
    video.currentTime = starts / 1000;
    const stop = (): void => {
      if (video.currentTime * 1000 < ends && !video.paused) return;
      video.pause();
      video.removeEventListener("timeupdate", stop);
    };
    void video.play().then(() => video.addEventListener("timeupdate", stop));
  };
  const tools = make(
    "div",
    { class: "tools" },
    button(say("trimStartHere"), () => choose({ starts: now(), ends: Math.max(wanted().ends, now() + 1) })),
    button(say("trimEndHere"), () => choose({ starts: Math.min(wanted().starts, now() - 1), ends: now() })),
    button(say("trimPlay"), playIt),
  );
  element.querySelector(".readout")?.after(tools);
}
