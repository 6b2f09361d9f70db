/** Mounts an island on its element, and resolves when it can be used. */
export type Mount = (element: HTMLElement) => void | Promise<void>;

// Each island is a chunk of its own, fetched only where a page has one.
const ISLANDS: Record<string, () => Promise<{ mount: Mount }>> = {
  cover: () => import("./cover"),
  draft: () => import("./draft"),
  draw: () => import("./draw"),
  live: () => import("./live"),
  map: () => import("./map"),
  pin: () => import("./pin"),
  player: () => import("./player"),
  push: () => import("./push"),
  timeline: () => import("./timeline"),
  trim: () => import("./trim"),
  zones: () => import("./zones"),
  verify: () => import("./verify"),
  upload: () => import("./upload"),
};

/**
 * Mounts each `data-island` in `root` once. `data-island-state` tells what became of it: `loading`, `ready`
 * or `failed`. The page is complete without islands, so a failure leaves the fallback in place.
 */
export function mountIslands(root: HTMLElement): void {
  const found = root.dataset["island"] ? [root] : [];
  const all = [...found, ...root.querySelectorAll<HTMLElement>("[data-island]")];
  for (const element of all) {
    const load = ISLANDS[element.dataset["island"] ?? ""];
    if (load && !element.dataset["islandState"]) void mountOne(element, load);
  }
}

async function mountOne(element: HTMLElement, load: () => Promise<{ mount: Mount }>): Promise<void> {
  element.dataset["islandState"] = "loading";
  try {
    await (await load()).mount(element);
    element.dataset["islandState"] = "ready";
  } catch (error) {
    element.dataset["islandState"] = "failed";
    console.error(`The island ${element.dataset["island"]} could not start.`, error);
  }
}
