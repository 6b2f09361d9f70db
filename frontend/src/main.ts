import "./styles/index.css";
import htmx from "htmx.org";
import { mountIslands } from "./islands";
import { readyHanding } from "./lib/handing";

// A form inside the page carries its own token; this covers hx-post on anything else.
document.addEventListener("htmx:configRequest", (event) => {
  const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
  const detail = (event as CustomEvent<{ headers: Record<string, string> }>).detail;
  if (token) detail.headers["X-CSRFToken"] = token;
});

// allauth tells what became of a passkey; without this, a person who pressed "cancel" would see nothing at all.
document.addEventListener("allauth.error", () => {
  const trouble = document.getElementById("passkey-trouble");
  if (trouble) trouble.hidden = false;
});
if (!("PublicKeyCredential" in window)) {
  for (const way of document.querySelectorAll<HTMLElement>("[data-needs-passkeys]")) way.hidden = true;
}

htmx.onLoad((node) => {
  if (!(node instanceof HTMLElement)) return;
  mountIslands(node);
  readyHanding(node);
});

// Pages of a resident name the app's worker; others have none.
const worker = document.querySelector<HTMLMetaElement>("meta[name=app-worker]")?.content;
if (worker && "serviceWorker" in navigator) {
  navigator.serviceWorker.register(worker).catch((error: unknown) => console.warn("The app's worker could not start.", error));
}
