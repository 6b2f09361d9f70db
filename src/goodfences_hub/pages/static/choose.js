// Looks through the home buffer: a part plays in place, and its moment becomes where the choice begins or ends.
const video = document.querySelector("video[data-piece]");
const said = document.querySelector("[data-said]");
const camera = document.querySelector("select[name=camera]");
let begins = null;

for (const link of document.querySelectorAll("a[data-begins]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.querySelector("a[aria-current]")?.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
    begins = new Date(link.dataset.begins);
    video.src = link.href;
    video.hidden = false;
    video.play().catch(() => {});
    if (camera) camera.value = link.dataset.camera;
  });
}

for (const button of document.querySelectorAll("button[data-set]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    if (!begins) return;
    document.querySelector(`input[name=${button.dataset.set}]`).value = written(button.dataset.set === "ends_at" ? 0.999 : 0);
  });
}

video?.addEventListener("timeupdate", () => {
  if (begins) said.textContent = written(0).replace("T", " ");
});

// The moment shown, as datetime-local writes it; `up` rounds towards the later second.
function written(up) {
  const at = new Date(begins.getTime() + (video.currentTime + up) * 1000);
  const two = (number) => String(number).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
