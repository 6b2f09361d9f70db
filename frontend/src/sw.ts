/**
 * The app's worker: it opens the app without a network, shows notifications, and takes what the phone shares.
 *
 * It keeps the shell (styles, fonts, the script, one page that says so) and the text of the last day that was looked at.
 * Never a picture, never video, and nothing after signing out. Imports nothing, so that every browser runs it as it is.
 */

interface Waiting extends Event {
  waitUntil(until: Promise<unknown>): void;
}
interface Fetching extends Waiting {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface Pushed extends Waiting {
  readonly data: { json(): unknown } | null;
}
interface Window {
  readonly url: string;
  focus(): Promise<unknown>;
  navigate(url: string): Promise<unknown>;
}
interface Clicked extends Waiting {
  readonly notification: Notification;
}
interface Asked extends Waiting {
  readonly data: unknown;
  readonly source: { postMessage(message: unknown): void } | null;
}
interface Worker {
  SHELL: { version: string; offline: string; day: string; home: string; shared: string; upload: string; out: string; files: string[] };
  readonly registration: ServiceWorkerRegistration;
  readonly clients: { claim(): Promise<void>; matchAll(which: object): Promise<Window[]>; openWindow(url: string): Promise<unknown> };
  skipWaiting(): Promise<void>;
  addEventListener<E extends Event>(name: string, listener: (event: E) => void): void;
}

const worker = self as unknown as Worker;
// The server writes it before this script: what the shell is, and where pages are.
const shell = worker.SHELL;
const SHELL = `shell-${shell.version}`;
const DAY = "day";
const PATIENCE_MS = 4000;

let shared: File | undefined;

worker.addEventListener<Waiting>("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELL)
      .then((cache) => cache.addAll([shell.offline, ...shell.files]))
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener<Waiting>("activate", (event) => {
  const isOld = (name: string): boolean => name !== SHELL && name !== DAY;
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name))))
      .then(() => worker.clients.claim()),
  );
});

worker.addEventListener<Fetching>("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== location.origin) return;
  if (event.request.method === "POST") {
    if (url.pathname === shell.shared) event.respondWith(takeShared(event.request));
    // Signing out, from whichever page: what the last day held goes first.
    else if (url.pathname === shell.out) event.waitUntil(caches.delete(DAY));
    return;
  }
  if (event.request.method !== "GET") return;
  if (event.request.mode === "navigate") event.respondWith(open(event, url));
  else if (shell.files.includes(url.pathname)) event.respondWith(kept(event.request));
});

/** A page comes from the network; without one, the last day's text or the page that says that there is none. */
async function open(event: Fetching, url: URL): Promise<Response> {
  try {
    const response = await fetch(event.request);
    const isDay = url.pathname === shell.home && !url.search && response.ok && !response.redirected;
    if (isDay) event.waitUntil(keepDay());
    return response;
  } catch {
    const day = url.pathname === shell.home || url.pathname === "/" ? await caches.match(shell.day) : undefined;
    return day ?? (await caches.match(shell.offline)) ?? Response.error();
  }
}

async function keepDay(): Promise<void> {
  const response = await fetch(shell.day, { credentials: "same-origin" });
  if (response.ok && !response.redirected) await (await caches.open(DAY)).put(shell.day, response);
}

async function kept(request: Request): Promise<Response> {
  return (await caches.match(request.url)) ?? fetch(request);
}

/** What the phone shared stays in this worker's memory until the page that opens now asks for it. */
async function takeShared(request: Request): Promise<Response> {
  const file = (await request.formData()).get("video");
  shared = file instanceof File ? file : undefined;
  return Response.redirect(shared ? shell.upload : `${shell.upload}?shared=again`, 303);
}

worker.addEventListener<Asked>("message", (event) => {
  if (event.data !== "shared?" || !shared) return;
  event.source?.postMessage({ shared });
  shared = undefined;
});

type Told = { note: string; tag: string; title: string; body: string; url: string };

worker.addEventListener<Pushed>("push", (event) => {
  const told = event.data?.json() as Told | undefined;
  if (told) event.waitUntil(notify(told));
});

/** The message itself names no camera: whoever is signed in here learns that from us. */
async function notify(told: Told): Promise<void> {
  const more = await details(told.note);
  await worker.registration.showNotification(more?.title ?? told.title, {
    body: more?.body ?? told.body,
    tag: told.tag,
    icon: "/static/icons/app-192.png",
    badge: "/static/icons/badge-96.png",
    data: { url: told.url },
  });
}

async function details(note: string): Promise<{ title: string; body: string } | undefined> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(`/settings/notifications/notes/${note}.json`, { credentials: "same-origin", signal });
    return response.ok && !response.redirected ? await response.json() : undefined;
  } catch {
    return undefined;
  }
}

worker.addEventListener<Clicked>("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(String((event.notification.data as { url?: string } | null)?.url ?? "/"), location.origin);
  if (url.origin !== location.origin) return;
  event.waitUntil(
    worker.clients.matchAll({ type: "window", includeUncontrolled: true }).then((windows) => {
      const one = windows[0];
      return one ? one.focus().then(() => one.navigate(url.href)) : worker.clients.openWindow(url.href);
    }),
  );
});
