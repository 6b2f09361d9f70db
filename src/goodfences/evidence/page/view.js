for (const section of document.querySelectorAll("[data-starts]")) {
  const video = section.querySelector("video");
  const shown = section.querySelector("output");
  const starts = Date.parse(section.dataset.starts);
  const frame = () => (Number(section.dataset.frames) ? video.duration / Number(section.dataset.frames) : 1 / 30);
  const tell = () => { shown.textContent = new Date(starts + video.currentTime * 1000).toISOString(); };
  section.querySelector(".tools").hidden = false;
  for (const event of ["timeupdate", "seeked", "loadedmetadata"]) video.addEventListener(event, tell);
  for (const button of section.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => { video.pause(); video.currentTime += Number(button.dataset.step) * frame(); });
  }
  section.querySelector("select").addEventListener("change", (event) => { video.playbackRate = Number(event.target.value); });
  tell();
}
