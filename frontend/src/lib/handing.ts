/** Buttons beside an address: onto the clipboard, or into what the phone's own "share" offers. Without scripts, or
 * where a browser has neither, they stay hidden and the address is marked and copied by hand. */
export function readyHanding(root: ParentNode): void {
  for (const hand of root.querySelectorAll<HTMLElement>("[data-hand-on]")) {
    const field = document.getElementById(hand.dataset.handOn ?? "");
    if (!(field instanceof HTMLInputElement)) continue;
    const copied = hand.querySelector("output");
    offer(hand.querySelector("[data-copy]"), "clipboard" in navigator, async () => {
      await navigator.clipboard.writeText(field.value);
      if (copied) copied.hidden = false;
    });
    offer(hand.querySelector("[data-send]"), "share" in navigator, () => navigator.share({ url: field.value }));
  }
}

function offer(button: HTMLButtonElement | null, can: boolean, act: () => Promise<void>): void {
  if (!button || !can) return;
  button.hidden = false;
  // Who closes the phone's sheet, or forbids the clipboard, has decided: there is nothing to say.
  button.addEventListener("click", () => void act().catch(() => undefined));
}
