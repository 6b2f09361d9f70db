import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { Upload } from "tus-js-client";
import { button, make, need } from "../lib/dom";
import { takeShared } from "../lib/shared";
import { type Key, say } from "../lib/words";

/** What the server answers: the clip's name and the page of its day, or what is wrong, in words. */
type Answer = { clip?: string; is_there?: boolean; day?: string; problems?: string[] };

/**
 * Sends a video by tus, so that a lost connection costs nothing: the same file chosen again goes on where it stopped.
 * The form without this sends the file whole.
 */
export function mount(form: HTMLElement): void {
  if (!(form instanceof HTMLFormElement)) throw new Error("An upload is a form.");
  const file = need<HTMLInputElement>(form, "input[type=file]");
  const bar = make("progress", { max: "1", value: "0", hidden: "", "aria-label": say("uploadSending") });
  const said = make("p", { class: "readout", role: "status" });
  form.append(bar, said);
  const tell = (key: Key, values: Record<string, string> = {}): void => said.replaceChildren(say(key, values));
  file.addEventListener("change", () => void propose(form, file));
  takeShared((shared) => {
    const box = new DataTransfer();
    box.items.add(shared);
    file.files = box.files;
    void propose(form, file);
  });
  form.addEventListener("submit", (event) => {
    const video = file.files?.[0];
    if (!video) return;
    event.preventDefault();
    const send = need<HTMLButtonElement>(form, "button.strong");
    send.disabled = true;
    bar.hidden = false;
    sendAll(form, video, bar, tell)
      .then((day) => location.assign(day))
      .catch((error: unknown) => {
        bar.hidden = true;
        send.disabled = false;
        if (error instanceof Told) said.replaceChildren(error.message);
        else tell("uploadLost");
      });
  });
}

/** Something that the server said, for the person. */
class Told extends Error {}

async function sendAll(
  form: HTMLFormElement,
  video: File,
  bar: HTMLProgressElement,
  tell: (key: Key, values?: Record<string, string>) => void,
): Promise<string> {
  tell("uploadReading");
  const told = new FormData(form);
  told.delete("video");
  const begins = String(told.get("starts_at") ?? "");
  // Chosen by this device's clock, which may be in another zone than the account.
  if (begins) told.set("starts_at", new Date(begins).toISOString());
  told.set("size", String(video.size));
  told.set("duration_ms", String((await lengthOf(video)) ?? 0));
  told.set("sha256", await hashOf(video, (part) => (bar.value = part)));
  const announced = await post(form.dataset["announce"] ?? "", told);
  if (announced.is_there) return announced.day ?? "/home/";
  await sendBytes(form, video, announced.clip ?? "", bar, tell);
  const finished = await post((form.dataset["finish"] ?? "").replace("REF", announced.clip ?? ""), told);
  return finished.day ?? "/home/";
}

function sendBytes(
  form: HTMLFormElement,
  video: File,
  clip: string,
  bar: HTMLProgressElement,
  tell: (key: Key, values?: Record<string, string>) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const upload = new Upload(video, {
      endpoint: form.dataset["sends"] ?? "",
      metadata: { clip },
      headers: { "X-CSRFToken": token(form) },
      // Phones lose the network for minutes, in lifts and tunnels.
      retryDelays: [0, 1000, 3000, 5000, 10_000, 20_000, 40_000, 60_000, 120_000],
      fingerprint: () => Promise.resolve(`goodfences-upload-${clip}`),
      removeFingerprintOnSuccess: true,
      onProgress: (sent, total) => {
        bar.value = sent / total;
        tell("uploadSent", { share: `${Math.floor((100 * sent) / total)} %` });
      },
      onError: reject,
      onSuccess: () => resolve(),
    });
    const pause = button(say("uploadPause"), () => {
      const goesOn = pause.dataset["paused"] === "yes";
      if (goesOn) upload.start();
      else void upload.abort();
      pause.dataset["paused"] = goesOn ? "no" : "yes";
      pause.textContent = say(goesOn ? "uploadPause" : "uploadGoOn");
    });
    bar.after(pause);
    void upload.findPreviousUploads().then((before) => {
      if (before[0]) upload.resumeFromPreviousUpload(before[0]);
      upload.start();
    });
  });
}

/**
 * When it began, as the phone tells: it wrote the file when the recording ended. A person can change it, also while
 * this reads the file; only what an earlier file proposed is put aside for a new one.
 */
async function propose(form: HTMLFormElement, file: HTMLInputElement): Promise<void> {
  const video = file.files?.[0];
  const field = form.querySelector<HTMLInputElement>("[name=starts_at]");
  const asItWas = (): boolean => !!field && field.value === (field.dataset["proposed"] ?? "");
  if (!video || !field || !asItWas()) return;
  const began = new Date(video.lastModified - ((await lengthOf(video)) ?? 0));
  if (file.files?.[0] !== video || !asItWas()) return;
  const local = new Date(began.getTime() - began.getTimezoneOffset() * 60_000);
  field.value = local.toISOString().slice(0, 19);
  field.dataset["proposed"] = field.value;
}

/** In milliseconds, where this browser can open the video. */
function lengthOf(video: File): Promise<number | undefined> {
  return new Promise((resolve) => {
    const player = make("video", { preload: "metadata", muted: "" });
    const url = URL.createObjectURL(video);
    const end = (ms?: number): void => {
      URL.revokeObjectURL(url);
      resolve(ms);
    };
    player.addEventListener("loadedmetadata", () => end(Math.round(player.duration * 1000)));
    player.addEventListener("error", () => end());
    player.src = url;
  });
}

async function hashOf(video: File, progress: (part: number) => void): Promise<string> {
  const hash = sha256.create();
  const reader = video.stream().getReader();
  for (let read = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return bytesToHex(hash.digest());
    hash.update(value);
    progress((read += value.length) / video.size);
  }
}

async function post(url: string, told: FormData): Promise<Answer> {
  const response = await fetch(url, { method: "POST", body: told, headers: { Accept: "application/json" } });
  const answer = (await response.json()) as Answer;
  if (answer.problems) throw new Told(answer.problems.join(" "));
  return answer;
}

function token(form: HTMLFormElement): string {
  return need<HTMLInputElement>(form, "[name=csrfmiddlewaretoken]").value;
}
