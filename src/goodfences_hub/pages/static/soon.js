// Looks every few seconds whether there is something new to say, and shows it. Nothing moves while there isn't.
const EVERY_MS = 3000;

const words = (page) => page.querySelector("main").textContent;

const look = async () => {
  const answer = await fetch(location.href);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
};

const later = () =>
  setTimeout(async () => {
    try {
      if (words(await look()) !== words(document)) {
        location.reload();
        return;
      }
    } catch {
      // The hub is away for a moment; the next look finds it again.
    }
    later();
  }, EVERY_MS);

later();
