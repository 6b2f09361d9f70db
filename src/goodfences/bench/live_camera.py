"""A camera whose every picture says which it is, and the wire behind it, where it is noted when each has left."""

from __future__ import annotations

import re
import socket
import threading
import time
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

RATE, KEY_EVERY = 15, 30
BITS = 16
HEIGHT = 80
"""Of the squares along the upper edge of a picture 1280 wide, one a bit of its number, the lowest first."""
_CODING = {"preset": "ultrafast", "tune": "zerolatency", "profile": "main"}
_LENGTH = re.compile(rb"^Content-Length: *(\d+)", re.MULTILINE | re.IGNORECASE)


def make_film(footage: Path, target: Path, width: int, seconds: float) -> None:
    """`footage` (1280x720) over and over, so wide, H.264 without B-frames, with each picture's number in it."""
    import av

    with av.open(str(footage)) as source:
        scenes = [frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)]
    with av.open(str(target), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=RATE, options=_CODING)
        stream.width, stream.height, stream.pix_fmt = width, width * 9 // 16, "yuv420p"
        stream.codec_context.gop_size = KEY_EVERY
        for number in range(round(seconds * RATE)):
            picture = scenes[number % len(scenes)].copy()
            for bit in range(BITS):
                picture[:HEIGHT, bit * HEIGHT : (bit + 1) * HEIGHT] = 235 if number >> bit & 1 else 16
            frame = av.VideoFrame.from_ndarray(picture, "rgb24").reformat(stream.width, stream.height, "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


class Wire:
    """Stands between a hub and an RTSP server, passes everything on, and notes when each picture has left."""

    def __init__(self, port: int) -> None:
        self._server = ("127.0.0.1", port)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._viewings: list[list[float]] = []
        threading.Thread(target=self._answer, name="wire", daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._door.getsockname()[1])

    def close(self) -> None:
        self._door.close()

    def left_at(self, number: int, shown_at: float) -> float | None:
        """When the picture's last packet left that was shown then, by the wall clock; a hub that connects anew gets
        the film from its beginning."""
        times = [viewing[number] for viewing in self._viewings if number < len(viewing)]
        return max((at for at in times if at <= shown_at), default=None)

    def _answer(self) -> None:
        with suppress(OSError):  # closed
            while True:
                hub, _ = self._door.accept()
                camera = socket.create_connection(self._server)
                threading.Thread(target=_pass_on, args=(hub, camera), daemon=True).start()
                threading.Thread(target=self._watch, args=(camera, hub), daemon=True).start()

    def _watch(self, camera: socket.socket, hub: socket.socket) -> None:
        """What the camera sends: answers, and among them RTP in frames (RFC 2326, 10.12)."""
        viewing: list[float] = []
        self._viewings.append(viewing)
        last = None
        with suppress(OSError), camera.makefile("rb") as sent:
            while first := sent.read(1):
                if first != b"$":
                    hub.sendall(_rest_of_answer(first, sent))
                    continue
                head = sent.read(3)
                packet = sent.read(int.from_bytes(head[1:], "big"))
                hub.sendall(first + head + packet)
                if head[0] % 2 == 0:  # RTP; odd channels carry RTCP
                    if (of := packet[4:8]) != last:
                        viewing.append(0.0)
                    last, viewing[-1] = of, time.time()
        with suppress(OSError):
            hub.shutdown(socket.SHUT_RDWR)


def _pass_on(hub: socket.socket, camera: socket.socket) -> None:
    with suppress(OSError):
        while data := hub.recv(65536):
            camera.sendall(data)
        camera.shutdown(socket.SHUT_RDWR)


def _rest_of_answer(first: bytes, sent: BinaryIO) -> bytes:
    answer = first
    while not answer.endswith(b"\r\n\r\n"):
        answer += sent.readline() or b"\r\n\r\n"
    length = _LENGTH.search(answer)
    return answer + (sent.read(int(length[1])) if length else b"")
