import type { Position } from "geojson";
import { close, moved, open } from "../lib/area";
import { make } from "../lib/dom";
import { say } from "../lib/words";

// A circle has many corners, which nobody wants to step through; it is changed by its figures.
const MOST_CORNERS = 24;
const STEP_M = 5;
const LONG_STEP_M = 25;

const ARROWS: Record<string, [east: number, north: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/** The corners of the area as buttons, so that a keyboard moves and removes each. */
export function cornerList(ring: Position[], use: (ring: Position[]) => void): Node[] {
  const corners = open(ring);
  if (corners.length === 0 || corners.length > MOST_CORNERS) return [];
  const list = make("ol", { class: "corner-list", "aria-label": say("corners") });
  corners.forEach((_, index) => list.append(make("li", {}, cornerButton(corners, index, use))));
  return [list, make("p", { class: "help" }, say("cornerHelp"))];
}

function cornerButton(corners: Position[], index: number, use: (ring: Position[]) => void): HTMLButtonElement {
  const name = say("corner", { n: index + 1, count: corners.length });
  const corner = make("button", { type: "button", class: "btn small corner", "aria-label": name }, String(index + 1));
  corner.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    const removes = event.key === "Delete" || event.key === "Backspace";
    if (!arrow && !removes) return;
    event.preventDefault();
    const list = corner.closest(".corners");
    const meters = event.shiftKey ? LONG_STEP_M : STEP_M;
    use(close(arrow ? corners.map((at, i) => (i === index ? moved(at, arrow[0] * meters, arrow[1] * meters) : at)) : corners.filter((_, i) => i !== index)));
    refocus(list, index);
  });
  return corner;
}

/** The list was drawn anew: the focus goes on where it was. */
function refocus(list: Element | null, index: number): void {
  const buttons = list?.querySelectorAll<HTMLButtonElement>(".corner") ?? [];
  buttons[Math.min(index, buttons.length - 1)]?.focus();
}
