"""Films as cameras, each for one viewer, at their own pace. `python -m` it: see `Airing`."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from goodfences.demo.processes import free_port

START_S = 20.0
FILMS_MOST = 64


class Airing:
    """Plays each film from its beginning, from the moment a viewer asks for it, in a process of its own.

    Over `rtsp`, or through a named pipe (`file`), for a program that reads files at a pace of its own. `add` all
    films, then `start`.
    """

    def __init__(self, folder: Path, over: str) -> None:
        self.asked_at: dict[str, list[float]] = {}
        """By name: when it was asked for, by the wall clock. Some programs ask more than once before they begin."""
        self._folder = folder
        self._over = over
        self._port = free_port()
        self._ready = threading.Event()
        self._running: subprocess.Popen[str] | None = None
        self._listener = threading.Thread(target=self._listen, name="airing", daemon=True)
        folder.mkdir()

    def add(self, name: str, film: Path) -> str:
        """The address of a film under a name for one viewer."""
        place = self._folder / f"{name}.mp4"
        try:
            os.link(film, place)
        except OSError:  # on another disk
            shutil.copy(film, place)
        if self._over == "rtsp":
            return f"rtsp://127.0.0.1:{self._port}/{place.name}"
        os.mkfifo(place.with_suffix(".ts"))
        return f"file://{place.with_suffix('.ts').resolve()}"

    def start(self) -> None:
        """Wait for viewers."""
        command = [sys.executable, "-m", "goodfences.bench.street.airing", self._over, str(self._folder)]
        self._running = subprocess.Popen([*command, str(self._port)], stdout=subprocess.PIPE, text=True)
        self._listener.start()
        if not self._ready.wait(START_S):
            raise OSError("what plays the films did not start")

    def __enter__(self) -> Airing:
        return self

    def __exit__(self, *error: object) -> None:
        if self._running is not None:
            self._running.kill()
            self._running.wait(10)
            self._listener.join(10)
            assert self._running.stdout is not None
            self._running.stdout.close()

    def _listen(self) -> None:
        assert self._running is not None
        assert self._running.stdout is not None
        for line in self._running.stdout:
            told = json.loads(line)
            if told["film"]:
                self.asked_at.setdefault(told["film"], []).append(told["at"])
            else:
                self._ready.set()


def _tell(film: str) -> None:
    sys.stdout.write(json.dumps({"film": film, "at": time.time()}) + "\n")
    sys.stdout.flush()


def _serve_rtsp(folder: Path, port: int) -> None:
    from aio_rtsp_toolkit.server import RtspServer

    class Server(RtspServer):  # type: ignore[misc, unused-ignore]
        def load_media_source(self, file_path: Path) -> Any:
            _tell(file_path.stem)
            return super().load_media_source(file_path)

    class Silent:
        def __getattr__(self, level: str) -> Any:
            return lambda *words, **more: None

    async def serve() -> None:
        # A film holds a thread for as long as it plays, and the loop's own pool has a few only.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(FILMS_MOST))
        server = Server(str(folder), host="127.0.0.1", port=port, session_timeout=3600)
        server.logger = Silent()
        await server.start()
        _tell("")
        await server.serve_forever()

    asyncio.run(serve())


def _serve_pipes(folder: Path) -> None:
    films = list(folder.glob("*.mp4"))
    with ThreadPoolExecutor(FILMS_MOST) as pool:
        playing = [pool.submit(_play_over_and_over, film) for film in films]
        _tell("")
        for each in playing:
            each.result()


def _play_over_and_over(film: Path) -> None:
    import av

    while True:
        with film.with_suffix(".ts").open("wb", buffering=0) as pipe:  # waits for a reader
            _tell(film.stem)
            try:
                _play(film, pipe)
            except (OSError, av.FFmpegError):  # the viewer has gone
                continue


def _play(film: Path, pipe: Any) -> None:
    import av

    began = time.monotonic()
    with av.open(str(film)) as source, av.open(pipe, "w", format="mpegts", options={"flush_packets": "1"}) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is None:
                continue
            time.sleep(max(0.0, began + float(packet.dts * packet.time_base) - time.monotonic()))
            packet.stream = stream
            target.mux(packet)


if __name__ == "__main__":
    if sys.argv[1] == "rtsp":
        _serve_rtsp(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        _serve_pipes(Path(sys.argv[2]))
