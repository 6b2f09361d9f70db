import { button, make, need } from "../lib/dom";
import { say } from "../lib/words";

/**
 * Notifications in this browser. Where they can't work, it is said why; nothing is asked for before the person presses.
 */
export async function mount(element: HTMLElement): Promise<void> {
  const said = make("p", { class: "readout", role: "status" });
  element.append(said);
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) {
    said.textContent = say("pushImpossible");
    return;
  }
  if (Notification.permission === "denied") {
    said.textContent = say("pushDenied");
    return;
  }
  const ask = button(say("pushHere"), () => {
    ask.disabled = true;
    subscribe(element)
      .then(() => location.reload())
      .catch((error: unknown) => {
        ask.disabled = false;
        said.textContent = error instanceof Error && error.message ? error.message : say("pushFailed");
      });
  });
  element.prepend(ask);
  const registration = await navigator.serviceWorker.getRegistration("/");
  const here = await registration?.pushManager.getSubscription();
  const known = (element.dataset["known"] ?? "").split(" ");
  if (here && known.includes(await shortOf(here.endpoint))) {
    ask.remove();
    said.textContent = say("pushOnHere");
  }
}

async function subscribe(element: HTMLElement): Promise<void> {
  if ((await Notification.requestPermission()) !== "granted") throw new Error(say("pushDenied"));
  const registration = await navigator.serviceWorker.register("/sw.js");
  await navigator.serviceWorker.ready;
  const made = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: element.dataset["key"] ?? "",
  });
  const told = made.toJSON();
  const body = new FormData();
  body.set("endpoint", made.endpoint);
  body.set("p256dh", told.keys?.["p256dh"] ?? "");
  body.set("auth", told.keys?.["auth"] ?? "");
  body.set("name", nameOfThis());
  body.set("csrfmiddlewaretoken", need<HTMLInputElement>(document, "[name=csrfmiddlewaretoken]").value);
  const response = await fetch(element.dataset["url"] ?? "", { method: "POST", body });
  if (response.ok) return;
  await made.unsubscribe();
  const answer = (await response.json()) as { problems?: string[] };
  throw new Error(answer.problems?.join(" ") ?? "");
}

/** As its owner tells it from others: Firefox, Android. */
function nameOfThis(): string {
  const agent = navigator.userAgent;
  const browser = /Edg\//.test(agent) ? "Edge" : /Firefox\//.test(agent) ? "Firefox" : /Chrome\//.test(agent) ? "Chrome" : "Safari";
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(agent)?.[0] ?? "";
  return system ? `${browser}, ${system}` : browser;
}

/** The page knows browsers by a part of a hash: their addresses are secrets. */
async function shortOf(endpoint: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint)));
  return Array.from(hash.slice(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
