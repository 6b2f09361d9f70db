import { button, make, need, svg } from "../lib/dom";
import { WHOLE } from "../lib/marks";
import { say } from "../lib/words";

type Point = [x: number, y: number];

const STEP = 50;
const SMALLEST = 150;
const FIRST: Point[] = [[4000, 4000], [6000, 4000], [6000, 6000], [4000, 6000]];

/** Privacy zones over a still: drawn as a rectangle, then bent by their corners; kept in the form's own field. */
export function mount(element: HTMLElement): void {
  const field = need<HTMLTextAreaElement>(element, "textarea[name=areas]");
  const stage = need<HTMLElement>(element, ".stage");
  const list = need<HTMLElement>(element, "[data-areas]");
  let areas = JSON.parse(field.value || "[]") as Point[][];
  let drawing = false;
  const overlay = svg("svg", { class: "overlay" });
  stage.append(overlay);

  const change = (next: Point[][], focus?: string): void => {
    areas = next;
    field.value = JSON.stringify(areas);
    redraw();
    relist();
    if (focus) overlay.querySelector<SVGElement>(`[data-corner="${focus}"]`)?.focus();
  };
  const bend = (area: number, corner: number, to: Point): void => change(areas.map((points, n) => (n === area ? points.map((point, c) => (c === corner ? inside(to) : point)) : points)), `${area}-${corner}`);
  const add = (points: Point[]): void => change([...areas, points.map(inside)], `${areas.length}-0`);

  const words = make("p", { class: "readout", role: "status" }, say("zoneHelp"));
  const draw = button(say("zoneDraw"), () => setDrawing(!drawing), { "aria-pressed": "false" });
  stage.after(make("div", { class: "tools" }, draw, button(say("zoneMiddle"), () => add(FIRST))), words);
  const setDrawing = (on: boolean): void => {
    drawing = on;
    draw.setAttribute("aria-pressed", String(on));
    overlay.classList.toggle("drawing", on);
    words.textContent = say(on ? "coverDrawing" : "zoneHelp");
  };
  element.addEventListener("keydown", (event) => event.key === "Escape" && setDrawing(false));

  const size = (): DOMRect => overlay.getBoundingClientRect();
  const point = (event: PointerEvent): Point => [((event.clientX - size().x) / size().width) * WHOLE, ((event.clientY - size().y) / size().height) * WHOLE];
  const outline = (points: Point[]): string => points.map(([x, y]) => `${(x / WHOLE) * size().width},${(y / WHOLE) * size().height}`).join(" ");

  const redraw = (): void => {
    overlay.replaceChildren(
      ...areas.map((points, area) => {
        const [x, y] = points[0] ?? [0, 0];
        const label = svg("text", { x: String((x / WHOLE) * size().width + 8), y: String((y / WHOLE) * size().height + 20) });
        label.textContent = String(area + 1);
        return svg("g", { class: "box set" }, svg("polygon", { points: outline(points) }), label, ...points.map((at, corner) => handle(area, corner, at)));
      }),
    );
  };
  const handle = (area: number, corner: number, [x, y]: Point): SVGElement => {
    const made = svg("circle", { class: "corner", r: "11", cx: String((x / WHOLE) * size().width), cy: String((y / WHOLE) * size().height), tabindex: "0", role: "button", "data-corner": `${area}-${corner}`, "aria-label": say("zoneCorner", { n: corner + 1, zone: area + 1 }) });
    made.addEventListener("keydown", (event) => {
      const [dx, dy] = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<string, Point>)[event.key] ?? [0, 0];
      if (event.key === "Delete") change(areas.filter((_, n) => n !== area));
      else if (dx || dy) bend(area, corner, [x + dx * STEP * (event.shiftKey ? 5 : 1), y + dy * STEP * (event.shiftKey ? 5 : 1)]);
      else return;
      event.preventDefault();
    });
    return made;
  };

  overlay.addEventListener("pointerdown", (event) => {
    const corner = (event.target as Element).closest<SVGElement>("[data-corner]")?.dataset["corner"]?.split("-").map(Number);
    if (!drawing && !corner) return;
    event.preventDefault();
    const from = point(event);
    const ghost = svg("polygon", { class: "ghost" });
    overlay.append(ghost);
    overlay.setPointerCapture(event.pointerId);
    let points: Point[] = [];
    const move = (moved: PointerEvent): void => {
      const to = inside(point(moved));
      if (drawing || !corner) points = [from, [to[0], from[1]], to, [from[0], to[1]]];
      else points = (areas[corner[0] ?? 0] ?? []).map((old, n) => (n === corner[1] ? to : old));
      ghost.setAttribute("points", outline(points));
    };
    overlay.addEventListener("pointermove", move);
    overlay.addEventListener("pointerup", () => {
      overlay.removeEventListener("pointermove", move);
      ghost.remove();
      const [first, , third] = points;
      if (!first || !third) return;
      if (!drawing && corner) bend(corner[0] ?? 0, corner[1] ?? 0, points[corner[1] ?? 0] ?? first);
      else if (Math.abs(first[0] - third[0]) > SMALLEST && Math.abs(first[1] - third[1]) > SMALLEST) {
        setDrawing(false);
        add(points);
      }
    }, { once: true });
  });

  const relist = (): void => {
    if (!areas.length) return list.replaceChildren(make("p", { class: "note" }, say("zoneNone")));
    list.replaceChildren(make("ul", { class: "list" }, ...areas.map((_, area) => make("li", {}, make("b", {}, say("zone", { n: area + 1 })), button(say("coverRemove"), () => change(areas.filter((_, n) => n !== area)), { "aria-label": `${say("coverRemove")}: ${say("zone", { n: area + 1 })}` })))));
  };
  new ResizeObserver(redraw).observe(stage);
  relist();
  redraw();
}

function inside([x, y]: Point): Point {
  return [Math.min(Math.max(Math.round(x), 0), WHOLE), Math.min(Math.max(Math.round(y), 0), WHOLE)];
}
