"""`goodfences bench hub_memory`: what a hub holds in memory, with few and many cameras, and after a week.

Each number of cameras is a real `goodfences-hub run` on 720p films that play as cameras, everything kept. The week is
lived by one camera or several, paired with a real `goodfences serve`: somebody walks by each every two minutes, and
each walk becomes a clip that is uploaded. Its hub's clock runs as fast as its work is done
(`bench/street/fast_hub.py`).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from goodfences.bench.footage import FOOTAGE
from goodfences.bench.runner import CannotMeasure, Outcome, Row, progress, register

BASE_MB, CAMERA_MB = 60, 15
"""What a hub may take at most, and for each camera more."""
SETTLED_S = 25.0
FILM_S, RATE = 120, 5


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cameras", default="1,4,8", help="how many at once, in turn (default 1,4,8)")
    parser.add_argument("--days", type=float, default=7.0, help="of the fast week (default 7)")
    parser.add_argument("--week-cameras", type=int, default=1, help="that live the fast week (default 1)")


@register("hub_memory", help="a hub's memory, with many cameras and after a week", arguments=_arguments)
def run(options: argparse.Namespace) -> Outcome:
    """`memory_over_limit`: the worst of resident memory over 60 MB and 15 MB a camera. `memory_growth`: that at the
    end of the week over that after its first day, or over a seventh of a shorter time."""
    rows = [_with(int(count)) for count in options.cameras.split(",") if count]
    limits = {"memory_over_limit": max(row["over_limit"] for row in rows)} if rows else {}
    days = list(_week(options.days, options.week_cameras)) if options.days else []
    held = [row["memory_mb"] for row in days if "memory_mb" in row]
    growth = {"memory_growth": held[-1] / held[0]} if len(held) > 1 else {}
    return Outcome([*rows, *days], {**limits, **growth})


def _with(cameras: int) -> Row:
    from goodfences.bench.street.programs import Camera, Hub

    progress(f"{cameras} camera(s), {SETTLED_S:g} s")
    with tempfile.TemporaryDirectory(prefix="goodfences-bench-") as folder:
        film = str(FOOTAGE / "crossing-hd.mp4")
        hub = Hub(Path(folder, "hub"), {f"camera-{number}": Camera(film) for number in range(cameras)}, keep_days=1)
        hub.start()
        try:
            time.sleep(SETTLED_S)
            if not hub.is_running():
                raise CannotMeasure(f"The hub ended by itself.\n{hub.printed()}")
            megabytes = hub.memory_mb()
        finally:
            hub.stop()
    limit = BASE_MB + CAMERA_MB * cameras
    return {
        "side": f"{cameras} camera(s), 720p, everything kept",
        "memory_mb": round(megabytes, 1),
        "limit_mb": limit,
        "over_limit": round(megabytes / limit, 3),
    }


def _week(days: float, cameras: int) -> Iterator[Row]:
    from goodfences.bench.devices import HOST, more_cameras, served, settle
    from goodfences.bench.instance import migrate, throwaway

    os.environ["GOODFENCES_QUOTA_BYTES"] = str(2**50)
    with throwaway() as state:
        migrate()
        home = settle()
        refs = [home.camera, *more_cameras(cameras - 1)]
        film = state / "film.mp4"
        _make_film(film)
        with served(state) as port:
            hub = state / "hub"
            hub.mkdir()
            (hub / "hub.toml").write_text(_settings(f"http://{HOST}:{port}", refs, film))
            progress(f"{days:g} days of {cameras} camera(s)")
            with _forgetting() as forgotten:
                yield from _lived([str(hub), home.token, str(days)])
        yield {"side": "clips that the network got of it", "clips": forgotten.clips}


def _settings(server: str, refs: Sequence[str], film: Path) -> str:
    cameras = [
        f'[[camera]]\nkey = "street-{number}"\nsource = "demo"\nurl = "{film}"\nupload_as = "{ref}"\n'
        for number, ref in enumerate(refs)
    ]
    return f'page_port = 0\nserver = "{server}"\n' + "".join(cameras)


def _lived(arguments: Sequence[str]) -> Iterator[Row]:
    """A row a day, or a seventh of a shorter time, as the hub tells of itself."""
    command = [sys.executable, "-m", "goodfences.bench.street.fast_hub", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            day, megabytes, seconds = line.split()
            progress(f"day {day}: {megabytes} MB")
            yield {"side": f"after {day} day(s)", "memory_mb": float(megabytes), "seconds": float(seconds)}
    if process.returncode:
        raise CannotMeasure(f"The hub ended with status {process.returncode}.")


class _Forgetting(threading.Thread):
    """Takes stored clips out of the database: the walks of the film are alike, and what is there isn't sent again."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.clips = 0
        self.over = threading.Event()

    def run(self) -> None:
        from django.db import connection

        while not self.over.wait(0.2):
            self.forget()
        connection.close()

    def forget(self) -> None:
        from goodfences.clips.models import Clip

        self.clips += Clip.objects.filter(state=Clip.State.STORED).delete()[1].get("clips.Clip", 0)


@contextmanager
def _forgetting() -> Iterator[_Forgetting]:
    thread = _Forgetting()
    thread.start()
    try:
        yield thread
    finally:
        thread.over.set()
        thread.join()
    thread.forget()
    if not thread.clips:
        raise CannotMeasure("No clip of the week reached the network.")


def _make_film(path: Path) -> None:
    """A street where nothing moves, and somebody crosses once: `crossing.mp4`, its first picture before and after."""
    import av

    with av.open(str(FOOTAGE / "crossing.mp4")) as source:
        frames = list(source.decode(video=0))[:: round(10 / RATE)]
    still, walk = frames[0], frames
    with av.open(str(path), "w") as target:
        stream = target.add_stream("libx264", rate=RATE, options={"g": str(2 * RATE), "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = still.width, still.height, "yuv420p"
        for number in range(FILM_S * RATE):
            frame = walk[number] if number < len(walk) else still
            frame.pts, frame.time_base = number, 1 / stream.codec_context.framerate
            frame.pict_type = av.video.frame.PictureType.NONE
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
