// Plays an event below its own line. Without scripts its link opens the video alone.
const video = document.querySelector("video[data-player]");

for (const link of document.querySelectorAll("a[data-play]")) {
  link.addEventListener("click", (click) => {
    if (click.ctrlKey || click.metaKey || click.shiftKey) return; // in a window of its own
    click.preventDefault();
    document.querySelector("a[data-play][aria-current]")?.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    link.closest("li").append(video);
    video.setAttribute("aria-label", link.getAttribute("aria-label").replace(/^Play the/, "The"));
    video.hidden = false;
    video.src = link.href;
    video.play().catch(() => {});
    video.scrollIntoView({ block: "nearest" });
  });
}
