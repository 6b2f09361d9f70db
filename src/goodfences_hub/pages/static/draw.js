// Outlines on a camera's picture, by pointer or by keyboard. What counts is the text under "As numbers": it is read at
// the beginning and written with every change.
const SVG = "http://www.w3.org/2000/svg";
const NEAR = 3; // percent; a corner set this near to the first closes the outline

for (const section of document.querySelectorAll("[data-drawing]")) begin(section);

function begin(section) {
  const text = section.querySelector("textarea");
  const title = section.querySelector("h2").textContent;
  const said = section.querySelector("[data-said]");
  const list = section.querySelector("[data-list]");
  const svg = made(section.querySelector(".sheet"), "svg", {
    viewBox: "0 0 100 100",
    preserveAspectRatio: "none",
    tabindex: 0,
    role: "application",
    "aria-label": `${title}: arrow keys move, Enter sets a corner, Backspace takes it back, Escape drops the outline`,
  });
  let outlines = read(text.value);
  let open = [];
  let cross = [50, 50];
  let keys = false;

  for (const tools of section.querySelectorAll("[data-tools]")) tools.hidden = false;
  text.addEventListener("change", () => {
    outlines = read(text.value);
    show();
  });
  svg.addEventListener("pointerdown", (event) => {
    const box = svg.getBoundingClientRect();
    keys = false;
    cross = [((event.clientX - box.left) / box.width) * 100, ((event.clientY - box.top) / box.height) * 100].map(kept);
    set();
  });
  svg.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 0.5 : 2;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (event.key in moves) {
      cross = cross.map((at, side) => kept(at + moves[event.key][side]));
      say(`${spoken(cross)}.`);
    } else if (event.key === "Enter" || event.key === " ") set();
    else if (event.key === "Backspace") undo();
    else if (event.key === "Escape" && open.length) open = [];
    else return;
    event.preventDefault();
    keys = true;
    show();
  });
  svg.addEventListener("blur", () => {
    keys = false;
    show();
  });
  const acts = {
    undo,
    close,
    clear() {
      outlines = [];
      open = [];
      write("All removed.");
    },
    rectangle() {
      const [left, top, width, height] = ["left", "top", "width", "height"].map((side) =>
        Number.parseFloat(section.querySelector(`[data-side=${side}]`).value),
      );
      if (!(width > 0 && height > 0 && left >= 0 && top >= 0 && left + width <= 100 && top + height <= 100))
        return say("Write four numbers that lie within the picture.");
      const [right, bottom] = [left + width, top + height];
      outlines.push([[left, top], [right, top], [right, bottom], [left, bottom]].map((corner) => corner.map(kept)));
      write("Rectangle added.");
    },
  };
  for (const button of section.querySelectorAll("[data-act]"))
    button.addEventListener("click", () => acts[button.dataset.act]());
  say("Set corners on the picture, and close the outline at its first one. By keyboard: arrows and Enter.");
  show();

  function set() {
    const [first] = open;
    if (open.length >= 3 && Math.hypot(first[0] - cross[0], first[1] - cross[1]) < NEAR) return close();
    open.push(cross);
    say(`Corner ${open.length}: ${spoken(cross)}.${open.length >= 3 ? " Close the outline, or set more." : ""}`);
    show();
  }

  function undo() {
    if (!open.length && outlines.length) open = outlines.pop();
    else open.pop();
    write(open.length ? `${open.length} corners are left.` : "No corner is left.");
  }

  function close() {
    if (open.length < 3) return say("An outline has three corners or more.");
    outlines.push(open);
    open = [];
    write("Outline closed. It counts once you save.");
  }

  function write(words) {
    text.value = outlines.map((outline) => outline.map((corner) => corner.join(" ")).join(", ")).join("\n");
    say(words);
    show();
  }

  function show() {
    svg.replaceChildren();
    for (const outline of outlines) made(svg, "polygon", { points: outline.join(" ") });
    if (open.length) made(svg, "polyline", { points: open.join(" ") });
    for (const [x, y] of open) made(svg, "ellipse", { cx: x, cy: y, rx: 0.8, ry: 1.4 });
    if (keys) made(svg, "path", { d: `M${cross[0]} 0V100M0 ${cross[1]}H100` });
    list.replaceChildren(...outlines.map(item));
  }

  function item(outline, at) {
    const row = document.createElement("li");
    const words = document.createElement("span");
    words.textContent = `Outline ${at + 1}, ${outline.length} corners, from ${spoken(outline[0])}`;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "quiet";
    remove.textContent = "Remove";
    remove.setAttribute("aria-label", `Remove outline ${at + 1}`);
    remove.addEventListener("click", () => {
      outlines.splice(at, 1);
      write(`Outline ${at + 1} removed.`);
    });
    row.append(words, remove);
    return row;
  }

  function say(words) {
    said.textContent = words;
  }
}

function read(text) {
  return text
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => line.split(",").map((corner) => corner.trim().split(/\s+/).map(Number)));
}

function kept(at) {
  return Math.min(100, Math.max(0, Math.round(at * 10) / 10));
}

function spoken([x, y]) {
  return `${Math.round(x)} % from the left, ${Math.round(y)} % from the top`;
}

function made(parent, name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}
