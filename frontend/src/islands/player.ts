import { make, need } from "../lib/dom";
import { playTime, say } from "../lib/words";

const SPEEDS = [0.25, 0.5, 1, 2, 4];
const JUMP_S = 5;
const STEP_S = 1;
// Until the video has played for a moment, one step is as long as a picture of a slow camera.
const SLOWEST_FRAME_S = 0.1;
const FASTEST_FRAME_S = 0.005;

const ICONS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 2.5h3v11H4zM9 2.5h3v11H9z",
  back: "M12 3v10L5.500 8zM4 3v10H2.500V3z",
  on: "M4 3v10l6.500-5zM12 3v10h1.500V3z",
  full: "M2 6V2h4v1.500H3.500V6zM10 2h4v4h-1.500V3.500H10zM14 10v4h-4v-1.500h2.500V10zM6 14H2v-4h1.500v2.500H6z",
  sound: "M2 6v4h2.500L8 13V3L4.500 6zM10 5.200a4 4 0 0 1 0 5.600M11.700 3.200a6.800 6.800 0 0 1 0 9.600",
  muted: "M2 6v4h2.500L8 13V3L4.500 6zM10.500 6l4 4M14.500 6l-4 4",
};

/** Calm controls for a native video: no autoplay, no overlay, every key has a button. */
export function mount(element: HTMLElement): void {
  const video = need<HTMLVideoElement>(element, "video");
  const frame = frameLength(video);
  const go = (seconds: number): void => {
    video.currentTime = Math.min(Math.max(seconds, 0), video.duration || 0);
  };
  const step = (direction: 1 | -1): void => {
    video.pause();
    go(video.currentTime + direction * frame());
  };
  const toggle = (): void => void (video.paused ? video.play().catch(() => fail(element)) : video.pause());
  const full = (): void => void (document.fullscreenElement ? document.exitFullscreen() : element.requestFullscreen());

  const play = icon("play", say("play"), toggle);
  const sound = icon("sound", say("mute"), () => (video.muted = !video.muted));
  const seek = make("input", { type: "range", min: "0", max: "0", step: "any", value: "0", "aria-label": say("position"), class: "seek" });
  const time = make("span", { class: "time" }, "0:00 / 0:00");
  const speed = make("select", { "aria-label": say("speed") }, ...SPEEDS.map((rate) => make("option", rate === 1 ? { value: "1", selected: "" } : { value: String(rate) }, `${rate}×`)));
  const bar = make("div", { class: "controls" }, play, icon("back", say("frameBack"), () => step(-1)), icon("on", say("frameOn"), () => step(1)), seek, time, speed, sound, icon("full", say("fullScreen"), full));
  video.controls = false;
  video.tabIndex = 0;
  element.append(bar);

  const show = (): void => {
    seek.max = String(video.duration || 0);
    if (document.activeElement !== seek || !seek.matches(":active")) seek.value = String(video.currentTime);
    seek.setAttribute("aria-valuetext", playTime(video.currentTime, true));
    time.textContent = `${playTime(video.currentTime, video.paused)} / ${playTime(video.duration || 0)}`;
    draw(play, video.paused ? "play" : "pause", say(video.paused ? "play" : "pause"));
    draw(sound, video.muted ? "muted" : "sound", say(video.muted ? "unmute" : "mute"));
  };
  for (const event of ["timeupdate", "play", "pause", "seeked", "loadedmetadata", "durationchange", "volumechange"]) video.addEventListener(event, show);
  video.addEventListener("error", () => fail(element));
  video.addEventListener("click", toggle);
  seek.addEventListener("input", () => go(Number(seek.value)));
  speed.addEventListener("change", () => (video.playbackRate = Number(speed.value)));
  const keys: Record<string, () => void> = {
    k: toggle,
    j: () => go(video.currentTime - JUMP_S),
    l: () => go(video.currentTime + JUMP_S),
    ArrowLeft: () => go(video.currentTime - STEP_S),
    ArrowRight: () => go(video.currentTime + STEP_S),
    ",": () => step(-1),
    ".": () => step(1),
    Home: () => go(0),
    End: () => go(video.duration),
    m: () => (video.muted = !video.muted),
    f: full,
  };
  element.addEventListener("keydown", (event) => onKey(event, keys, toggle));
  show();
}

/** Seconds from one picture to the next: the shortest distance between pictures that were shown side by side. */
function frameLength(video: HTMLVideoElement): () => number {
  let shortest = SLOWEST_FRAME_S;
  let before = -1;
  const see = (_now: number, { mediaTime }: VideoFrameCallbackMetadata): void => {
    const apart = mediaTime - before;
    if (before >= 0 && apart > FASTEST_FRAME_S && apart < shortest) shortest = apart;
    before = mediaTime;
    video.requestVideoFrameCallback(see);
  };
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(see);
  return () => shortest;
}

function onKey(event: KeyboardEvent, keys: Record<string, () => void>, toggle: () => void): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLSelectElement) return;
  // Space presses a focused button, and arrows move a focused slider, as anywhere.
  const onButton = event.target instanceof HTMLButtonElement;
  const onSlider = event.target instanceof HTMLInputElement;
  const act = event.key === " " && !onButton ? toggle : keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act || (onSlider && (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End"))) return;
  event.preventDefault();
  act();
}

function icon(name: keyof typeof ICONS, label: string, onClick: () => void): HTMLButtonElement {
  const element = make("button", { type: "button" });
  draw(element, name, label);
  element.addEventListener("click", onClick);
  return element;
}

function draw(element: HTMLButtonElement, name: keyof typeof ICONS, label: string): void {
  if (element.dataset["icon"] === name) return;
  element.dataset["icon"] = name;
  element.setAttribute("aria-label", label);
  element.title = label;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  element.replaceChildren(svg);
}

function fail(element: HTMLElement): void {
  if (element.querySelector(".notice")) return;
  element.append(make("p", { class: "notice warning", role: "alert" }, say("videoFailed")));
}
