import { anchored, limited, type Mark, type Place, placeAt, placed, WHOLE } from "../lib/marks";
import { button, make, need, svg } from "../lib/dom";
import { playTime, say } from "../lib/words";

const STEP = 50;
const FIRST: Place = { left: 4000, top: 3500, width: 2000, height: 3000 };
const CORNER_PX = 22;

/** Boxes over a clip: drawn with a finger, a mouse or keys, corrected where they slip, kept in the form's own field. */
export function mount(element: HTMLElement): void {
  const field = need<HTMLTextAreaElement>(element, "textarea[name=marks]");
  const player = need<HTMLElement>(element, ".player");
  const video = need<HTMLVideoElement>(player, "video");
  const list = need<HTMLElement>(element, "[data-marks]");
  const length = Number(element.dataset["duration"]);
  let marks = JSON.parse(field.value || "[]") as Mark[];
  let drawing = false;
  let handled = false;

  const overlay = svg("svg", { class: "overlay" });
  const stage = make("div", { class: "stage" });
  video.before(stage);
  stage.append(video, overlay);

  const now = (): number => Math.min(Math.round(video.currentTime * 1000), length - 1);
  const change = (next: Mark[], chosen = -1): void => {
    marks = next;
    field.value = JSON.stringify(marks);
    redraw();
    relist();
    if (chosen >= 0) overlay.querySelector<SVGElement>(`[data-mark="${chosen}"]`)?.focus();
  };
  const put = (index: number, place: Place): void => change(marks.map((mark, n) => (n === index ? anchored(mark, now(), place) : mark)), index);
  const remove = (index: number): void => change(marks.filter((_, n) => n !== index));
  const add = (place: Place): void => {
    video.pause();
    const at = now();
    change([...marks, anchored({ kind: "drawn", starts_ms: 0, ends_ms: length, still: false, anchors: [] }, at, place)], marks.length);
  };

  const say_ = make("p", { class: "readout", role: "status" }, say("coverHelp"));
  const draw = button(say("coverDraw"), () => setDrawing(!drawing), { "aria-pressed": "false" });
  const tools = make("div", { class: "tools" }, draw, button(say("coverMiddle"), () => add(FIRST)));
  player.after(tools, say_);
  const setDrawing = (on: boolean): void => {
    drawing = on;
    if (on) video.pause();
    draw.setAttribute("aria-pressed", String(on));
    overlay.classList.toggle("drawing", on);
    say_.textContent = say(on ? "coverDrawing" : "coverHelp");
  };
  element.addEventListener("keydown", (event) => event.key === "Escape" && setDrawing(false));

  /** Where the picture itself is: a tall one has black at its sides. */
  const picture = (): DOMRect => {
    const { clientWidth: wide, clientHeight: high } = video;
    const factor = Math.min(wide / (video.videoWidth || wide), high / (video.videoHeight || high));
    const [w, h] = [(video.videoWidth || wide) * factor, (video.videoHeight || high) * factor];
    return new DOMRect((wide - w) / 2, (high - h) / 2, w, h);
  };
  const point = (event: PointerEvent): { x: number; y: number } => {
    const [at, box] = [overlay.getBoundingClientRect(), picture()];
    return { x: ((event.clientX - at.x - box.x) / box.width) * WHOLE, y: ((event.clientY - at.y - box.y) / box.height) * WHOLE };
  };
  const pixels = (place: Place): DOMRect => {
    const box = picture();
    return new DOMRect(box.x + (place.left / WHOLE) * box.width, box.y + (place.top / WHOLE) * box.height, (place.width / WHOLE) * box.width, (place.height / WHOLE) * box.height);
  };

  const redraw = (): void => {
    const focused = document.activeElement instanceof SVGElement ? document.activeElement.dataset["mark"] : undefined;
    const shown = marks.flatMap((mark, index) => {
      const place = placeAt(mark, now());
      return place ? [shape(mark, index, place)] : [];
    });
    overlay.replaceChildren(...shown);
    if (focused) overlay.querySelector<SVGElement>(`[data-mark="${focused}"]`)?.focus({ preventScroll: true });
  };
  const shape = (mark: Mark, index: number, place: Place): SVGElement => {
    const box = pixels(place);
    const group = svg("g", { class: mark.anchors.some(([at]) => Math.abs(at - now()) < 2) ? "box set" : "box", tabindex: "0", role: "button", "data-mark": String(index), "aria-label": say("coverKeys", { name: named(mark, index) }) });
    const label = svg("text", { x: String(box.x + 5), y: String(box.y + 17) });
    label.textContent = String(index + 1);
    group.append(svg("rect", { x: String(box.x), y: String(box.y), width: String(box.width), height: String(box.height) }), label, svg("rect", { class: "corner", x: String(box.right - CORNER_PX / 2), y: String(box.bottom - CORNER_PX / 2), width: String(CORNER_PX), height: String(CORNER_PX) }));
    group.addEventListener("keydown", (event) => onKey(event, index, place));
    return group;
  };
  const onKey = (event: KeyboardEvent, index: number, place: Place): void => {
    const [x, y] = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<string, [number, number]>)[event.key] ?? [0, 0];
    if (event.key === "Delete" || event.key === "Backspace") remove(index);
    else if (x || y) {
      video.pause();
      put(index, event.shiftKey ? { ...place, width: place.width + x * STEP, height: place.height + y * STEP } : { ...place, left: place.left + x * STEP, top: place.top + y * STEP });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  overlay.addEventListener("pointerdown", (event) => {
    const group = (event.target as Element).closest<SVGElement>("[data-mark]");
    handled = drawing || group !== null;
    if (!drawing && !group) return;
    event.preventDefault();
    video.pause();
    const from = point(event);
    const index = drawing ? -1 : Number(group?.dataset["mark"]);
    const had = marks[index] && placeAt(marks[index], now());
    const corner = (event.target as Element).classList.contains("corner");
    const ghost = svg("rect", { class: "ghost" });
    overlay.append(ghost);
    overlay.setPointerCapture(event.pointerId);
    let place: Place | null = null;
    const move = (moved: PointerEvent): void => {
      const to = point(moved);
      const [dx, dy] = [to.x - from.x, to.y - from.y];
      if (!had) place = { left: Math.min(from.x, to.x), top: Math.min(from.y, to.y), width: Math.abs(dx), height: Math.abs(dy) };
      else if (corner) place = { ...had, width: had.width + dx, height: had.height + dy };
      else place = { ...had, left: had.left + dx, top: had.top + dy };
      if (!had) place = clipped(place);
      const box = pixels(placed(place));
      for (const [name, value] of Object.entries({ x: box.x, y: box.y, width: box.width, height: box.height })) ghost.setAttribute(name, String(value));
    };
    const up = (): void => {
      overlay.removeEventListener("pointermove", move);
      ghost.remove();
      if (!place || (!had && (place.width < 80 || place.height < 80))) group?.focus();
      else if (had) put(index, place);
      else {
        setDrawing(false);
        add(place);
      }
    };
    overlay.addEventListener("pointermove", move);
    overlay.addEventListener("pointerup", up, { once: true });
    overlay.addEventListener("pointercancel", () => (place = null), { once: true });
  });
  overlay.addEventListener("click", (event) => {
    // A drag ends with a click of its own.
    if (!handled && event.target === overlay) void (video.paused ? video.play() : video.pause());
  });

  const relist = (): void => {
    if (!marks.length) return list.replaceChildren(make("p", { class: "note" }, say("coverNone")));
    list.replaceChildren(make("ul", { class: "list marks" }, ...marks.map(line)));
  };
  const line = (mark: Mark, index: number): HTMLElement => {
    const name = named(mark, index);
    const limit = (side: "starts_ms" | "ends_ms") => (): void => {
      const next = limited(mark, side, side === "ends_ms" ? now() + 1 : now());
      change(next ? marks.map((one, n) => (n === index ? next : one)) : marks.filter((_, n) => n !== index));
    };
    const still = make("input", { type: "checkbox" });
    still.checked = mark.still;
    still.addEventListener("change", () => change(marks.map((one, n) => (n === index ? { ...one, still: still.checked } : one))));
    const at = mark.anchors[0]?.[0] ?? 0;
    const labeled = (text: string, act: () => void): HTMLButtonElement => button(text, act, { "aria-label": `${text}: ${name}` });
    return make(
      "li",
      {},
      make("div", {}, make("b", {}, name), make("small", {}, ` ${spanOf(mark)}`)),
      make("div", { class: "tools" }, labeled(say("coverShow"), () => {
        video.pause();
        video.currentTime = at / 1000;
        overlay.scrollIntoView({ block: "nearest" });
      }), labeled(say("coverStart"), limit("starts_ms")), labeled(say("coverEnd"), limit("ends_ms")), make("label", { class: "btn small" }, still, ` ${say("coverStill")}`), labeled(say("coverRemove"), () => remove(index))),
    );
  };

  // What a person ticks becomes a box at once, to be seen and corrected; the tick itself needn't be posted any more.
  for (const tick of element.querySelectorAll<HTMLInputElement>("input[name=accept]")) {
    const found = JSON.stringify(JSON.parse(tick.value) as Mark);
    tick.name = "";
    tick.addEventListener("change", () => {
      const others = marks.filter((mark) => JSON.stringify(mark) !== found);
      change(tick.checked ? [...others, JSON.parse(found) as Mark] : others);
      const first = (JSON.parse(found) as Mark).anchors[0]?.[0];
      if (tick.checked && first !== undefined) video.currentTime = first / 1000;
    });
  }
  for (const event of ["timeupdate", "seeked", "loadedmetadata", "pause"]) video.addEventListener(event, redraw);
  new ResizeObserver(redraw).observe(video);
  video.currentTime = Number(element.dataset["at"] || 0) / 1000;
  relist();
  redraw();
}

function named(mark: Mark, index: number): string {
  return say(mark.kind === "face" ? "coverFace" : mark.kind === "person" ? "coverPerson" : "coverBox", { n: index + 1 });
}

function spanOf(mark: Mark): string {
  const moments = mark.anchors.map(([at]) => playTime(at / 1000, true));
  const shown = moments.length > 3 ? say("coverMore", { first: moments[0] ?? "", n: moments.length - 1 }) : moments.join(", ");
  return say("coverSpan", { start: playTime(mark.starts_ms / 1000, true), end: playTime(mark.ends_ms / 1000, true), moments: shown });
}

/** What of a drawn box lies in the picture. */
function clipped({ left, top, width, height }: Place): Place {
  const [x, y] = [Math.min(Math.max(left, 0), WHOLE), Math.min(Math.max(top, 0), WHOLE)];
  return { left: x, top: y, width: Math.min(left + width, WHOLE) - x, height: Math.min(top + height, WHOLE) - y };
}
