/**
 * The video that the phone's own "share" gave to the app. The worker holds it in memory, never on disk, and hands it to
 * the page that it opened; there is at most one.
 */
export function takeShared(take: (file: File) => void): void {
  const worker = navigator.serviceWorker?.controller;
  if (!worker) return;
  navigator.serviceWorker.addEventListener("message", (event: MessageEvent<unknown>) => {
    const given = event.data;
    if (typeof given === "object" && given && "shared" in given && given.shared instanceof File) take(given.shared);
  });
  worker.postMessage("shared?");
}
