// Looks through the home buffer: a part plays in place, and its moment becomes where the choice begins or ends.
const video = document.querySelector("video[data-piece]");
const said = document.querySelector("[data-said]");
const camera = document.querySelector("select[name=camera]");
const field = (name) => document.querySelector(`input[name=${name}]`);
const MINUTE = 60;
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
    const set = button.dataset.set;
    field(set).value = written(set === "ends_at" ? 0.999 : 0);
    if (field("ends_at").value <= field("starts_at").value) field("ends_at").value = clipped(written(MINUTE));
  });
}

video?.addEventListener("timeupdate", () => {
  if (begins) said.textContent = written(0).replace("T", " ");
});

// Not after the end of the request's window.
const clipped = (moment) => (moment > field("ends_at").max ? field("ends_at").max : moment);

// The moment shown, as datetime-local writes it; `up` rounds towards the later second.
function written(up) {
  const at = new Date(begins.getTime() + (video.currentTime + up) * 1000);
  const two = (number) => String(number).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
