// Plays a camera live: fragmented MP4 from a WebSocket into Media Source Extensions, never more than a second behind.
const BEHIND = 1.0; // seconds; further behind than this, jump
const KEPT = 20; // seconds of the past that the browser may hold

for (const video of document.querySelectorAll("video[data-live]")) watch(video);

function watch(video) {
  const said = video.closest(".live").querySelector("[role=status]");
  const type = `video/mp4; codecs="${video.dataset.codec}"`;
  if (!window.MediaSource?.isTypeSupported(type)) {
    said.textContent = "This browser can’t play what the camera sends.";
    return;
  }
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  source.addEventListener("sourceopen", () => connect(video, source.addSourceBuffer(type), said), { once: true });
}

function connect(video, buffer, said) {
  const waiting = [];
  const socket = new WebSocket(`ws://${location.host}${video.dataset.live}`);
  socket.binaryType = "arraybuffer";
  const feed = () => {
    if (buffer.updating) return;
    if (buffer.buffered.length) {
      const end = buffer.buffered.end(buffer.buffered.length - 1);
      if (end - video.currentTime > BEHIND || video.currentTime < buffer.buffered.start(0)) video.currentTime = end - 0.1;
      if (end - buffer.buffered.start(0) > KEPT * 2) return buffer.remove(0, end - KEPT);
    }
    if (waiting.length) buffer.appendBuffer(waiting.shift());
  };
  buffer.addEventListener("updateend", feed);
  socket.addEventListener("message", ({ data }) => {
    waiting.push(data);
    feed();
  });
  socket.addEventListener("close", () => {
    said.textContent = "The camera is gone. Trying again …";
    setTimeout(() => location.reload(), 5000);
  });
}
