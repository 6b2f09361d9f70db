"""`goodfences bench live`: how long after a picture has left the camera does the household see it at home?

A real RTSP camera, the real `goodfences-hub run`, its own page in a real Chromium. Each picture carries its number in
squares along its upper edge. A wire between camera and hub notes when a picture's last packet has left; the page's
video is read, picture by picture, as the browser shows it. Both go by the clock of one machine.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from goodfences.bench import browser
from goodfences.bench.footage import FOOTAGE
from goodfences.bench.measure import milliseconds
from goodfences.bench.runner import CannotMeasure, Outcome, Row, progress, register

if TYPE_CHECKING:
    from goodfences.bench.live_camera import Wire

WIDE, SMALL = 1280, 640
START_S, SETTLE_S = 60.0, 5.0
FILM_MORE_S = 30.0
"""Than is watched: a hub that is slow to begin sees the film once more from its beginning."""
_ADDRESS = re.compile(r"http://\S+key=\S+")
_READ = """(video, [seconds, bits]) => new Promise(done => {
    const strip = new OffscreenCanvas(bits, 1).getContext('2d', {willReadFrequently: true}), seen = [];
    const until = performance.now() + 1000 * seconds, side = video.videoWidth / bits;
    strip.imageSmoothingEnabled = false;
    const read = (_, {expectedDisplayTime}) => {
        for (let bit = 0; bit < bits; bit++)
            strip.drawImage(video, (bit + 0.5) * side, side / 2, 1, 1, bit, 0, 1, 1);
        const {data} = strip.getImageData(0, 0, bits, 1);
        let number = 0;
        for (let bit = 0; bit < bits; bit++) number += data[4 * bit] > 128 ? 2 ** bit : 0;
        seen.push([number, (performance.timeOrigin + expectedDisplayTime) / 1000]);
        performance.now() < until ? video.requestVideoFrameCallback(read) : done(seen);
    };
    video.requestVideoFrameCallback(read);
})"""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=60.0, help="to watch each page (default 60)")
    browser.add_argument(parser)


@register("live", help="from a camera to the household's eyes, at home", arguments=_arguments)
def run(options: argparse.Namespace) -> Outcome:
    """`p95_over_1s`: the slower p95 of the camera's own page and of the wall of all cameras, over a second."""
    rows = _watched(options.seconds, options.chromium)
    return Outcome(rows, {"p95_over_1s": max(row["p95_ms"] for row in rows) / 1000})


def _watched(seconds: float, chromium: str | None) -> list[Row]:
    from goodfences.bench.live_camera import Wire, make_film
    from goodfences.bench.street.airing import Airing
    from goodfences.bench.street.programs import Camera, Hub

    with tempfile.TemporaryDirectory(prefix="goodfences-bench-") as name, Airing(Path(name, "air"), "rtsp") as air:
        folder = Path(name)
        addresses = {}
        for width in (WIDE, SMALL):
            film = folder / f"{width}.mp4"
            make_film(FOOTAGE / "crossing-hd.mp4", film, width, 2 * seconds + FILM_MORE_S)
            addresses[width] = urlsplit(air.add(f"camera-{width}", film))
        air.start()
        wires = {width: Wire(address.port or 0) for width, address in addresses.items()}
        main, sub = (f"rtsp://127.0.0.1:{wires[width].port}{addresses[width].path}" for width in (WIDE, SMALL))
        hub = Hub(folder / "hub", {"street": Camera(main, sub)})
        hub.start()
        with closing(wires[WIDE]), closing(wires[SMALL]):
            try:
                return _looked(_page_of(hub), wires, seconds, chromium)
            finally:
                hub.stop()


def _page_of(hub: Any) -> str:
    """The address with its key that a hub prints when it runs."""
    until = time.monotonic() + START_S
    while time.monotonic() < until and hub.is_running():
        if found := _ADDRESS.search(hub.printed()):
            return found[0]
        time.sleep(0.2)
    raise CannotMeasure(f"The hub did not start.\n{hub.printed()}")


def _looked(address: str, wires: dict[int, Wire], seconds: float, chromium: str | None) -> list[Row]:
    home = "{0.scheme}://{0.netloc}/".format(urlsplit(address))
    try:
        with browser.opened(chromium) as opened:
            page = opened.new_page()
            page.goto(address)
            return [
                _row("a camera's page, 1280x720", wires[WIDE], _seen(page, f"{home}cameras/street", seconds)),
                _row("the wall, by the small stream", wires[SMALL], _seen(page, home, seconds)),
            ]
    except browser.NoBrowser as reason:
        raise CannotMeasure(str(reason)) from reason


def _seen(page: Any, address: str, seconds: float) -> Sequence[tuple[int, float]]:
    """Numbers of pictures as they were shown, with the moment by the wall clock."""
    from goodfences.bench.live_camera import BITS

    until = time.monotonic() + START_S
    while not (page.goto(address) and page.locator("video[data-live]").count()):  # the camera isn't there yet
        if time.monotonic() > until:
            raise CannotMeasure("The hub's page shows no camera.")
        time.sleep(1)
    page.wait_for_function("() => document.querySelector('video').currentTime > 0", timeout=1000 * START_S)
    time.sleep(SETTLE_S)
    progress(f"watching {address} for {seconds:g} s")
    found: Sequence[tuple[int, float]] = page.locator("video").evaluate(_READ, [seconds, BITS])
    return found


def _row(side: str, wire: Wire, seen: Sequence[tuple[int, float]]) -> Row:
    took = [at - left for number, at in seen if (left := wire.left_at(number, at)) is not None]
    if not took:
        raise CannotMeasure(f"{side}: none of {len(seen)} pictures could be read.")
    span = max(number for number, _ in seen) - min(number for number, _ in seen) + 1
    return {"side": side, "pictures": len(took), "not_shown": span - len({number for number, _ in seen})} | {
        **milliseconds(took)
    }
