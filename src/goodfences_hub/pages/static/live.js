// Plays cameras live: fragmented MP4 from a WebSocket into Media Source Extensions, never more than a second behind.
// What isn't in sight isn't asked for: a page that nobody looks at keeps no camera from gathering its packets.
const BEHIND = 1.0; // seconds; further behind than this, jump
const NEAR = 0.25; // seconds; further behind than twice this, play a little faster until there
const FASTER = 1.1;
const KEPT = 20; // seconds of the past that the browser may hold
const AGAIN = 5000; // milliseconds until the next try, or the next still where live pictures can't be played

for (const video of document.querySelectorAll("video[data-live]")) watch(video);

function watch(video) {
  const said = video.closest("[data-watched]").querySelector("[data-said]");
  let inSight = false;
  let socket = null;
  const turn = () => {
    const wanted = inSight && !document.hidden;
    if (wanted && !socket) socket = connect(video, said, ended);
    if (!wanted && socket) leave();
  };
  const leave = () => {
    const left = socket;
    socket = null;
    left.close();
  };
  const ended = (which, showsStills) => {
    if (which !== socket) return; // left on purpose
    if (!showsStills) said.textContent = "The camera is gone. Trying again …";
    setTimeout(() => {
      if (which !== socket) return;
      socket = null;
      turn();
    }, AGAIN);
  };
  document.addEventListener("visibilitychange", turn);
  new IntersectionObserver(([entry]) => {
    inSight = entry.isIntersecting;
    turn();
  }).observe(video);
}

function connect(video, said, ended) {
  const socket = new WebSocket(`ws://${location.host}${video.dataset.live}`);
  socket.binaryType = "arraybuffer";
  let take = null;
  let showsStills = false;
  socket.addEventListener("message", ({ data }) => {
    if (typeof data !== "string") return take?.(data);
    take = player(video, said, `video/mp4; codecs="${data}"`);
    if (take) return;
    showsStills = true;
    still(video, said);
    socket.close();
  });
  socket.addEventListener("close", () => ended(socket, showsStills));
  return socket;
}

// Takes the pieces of one connection.
function player(video, said, type) {
  if (!window.MediaSource?.isTypeSupported(type)) return null;
  const source = new MediaSource();
  const waiting = [];
  let buffer = null;
  const feed = () => {
    if (!buffer || buffer.updating || source.readyState !== "open") return;
    if (buffer.buffered.length) {
      const end = buffer.buffered.end(buffer.buffered.length - 1);
      const behind = end - video.currentTime;
      if (behind > BEHIND || video.currentTime < buffer.buffered.start(0)) video.currentTime = end - 0.1;
      else if (behind > 2 * NEAR) video.playbackRate = FASTER;
      else if (behind < NEAR) video.playbackRate = 1;
      if (video.paused) video.play().catch(() => {});
      if (end - buffer.buffered.start(0) > KEPT * 2) return buffer.remove(0, end - KEPT);
    }
    if (waiting.length) buffer.appendBuffer(waiting.shift());
  };
  source.addEventListener("sourceopen", () => {
    URL.revokeObjectURL(video.src);
    buffer = source.addSourceBuffer(type);
    buffer.addEventListener("updateend", feed);
    feed();
  }, { once: true });
  video.src = URL.createObjectURL(source);
  video.addEventListener("playing", () => (said.textContent = "Live"), { once: true });
  return (data) => {
    waiting.push(data);
    feed();
  };
}

// Where the browser can't play what the camera sends: a picture with each try.
function still(video, said) {
  said.textContent = "This browser can’t play what the camera sends. A picture every five seconds.";
  video.poster = `${video.poster.split("?")[0]}?${Date.now()}`;
}
