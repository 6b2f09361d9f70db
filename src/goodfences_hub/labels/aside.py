"""The detector in a process of its own, which ends when there is nothing to look at: so its memory is only borrowed.

It gets pixels through a pipe and answers with words and boxes. It can write no file, and has no key that opens a
recording. Where memory is short, the system ends it before anything that records.
"""

from __future__ import annotations

import json
import os
import resource
import selectors
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from goodfences_hub.errors import HubError
from goodfences_hub.labels import Found
from goodfences_hub.labels.detector import Detector, Picture
from goodfences_hub.thrift import LEAST_PRIORITY

PATIENCE_S = 60.0
"""Seconds within which a picture is looked at, on the slowest computer."""
MEMORY = 1 << 30
"""Bytes of addresses; it uses a tenth of them."""
WIDEST = 4096
_SIZE = struct.Struct("<II")
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OPENCV_OPENCL_RUNTIME": "disabled"}
READY = b'"ready"\n'


class Aside:
    """The process, from the first picture to `close`."""

    def __init__(self) -> None:
        """Raises HubError where it doesn't start."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "goodfences_hub.labels.aside"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**_environment(), **_ONE_THREAD},
            start_new_session=True,  # who ends the hub by Ctrl-C needn't read that this ended, too
        )
        first = self._line()
        if first != READY:
            self.close()
            raise HubError(str(json.loads(first)) if first else "what looks for people and vehicles doesn't start.")

    @property
    def pid(self) -> int:
        return self._process.pid

    def look(self, picture: Picture) -> list[Found]:
        """What is in it. Raises HubError where no answer comes."""
        height, width = picture.shape[:2]
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(_SIZE.pack(height, width))
            self._process.stdin.write(np.ascontiguousarray(picture).tobytes())
            self._process.stdin.flush()
        answer = self._line()
        if not answer:
            raise HubError("what looks for people and vehicles gave no answer.")
        return [
            Found(str(label), float(sure), (box[0], box[1], box[2], box[3]))
            for label, sure, box in json.loads(answer)
        ]

    def __enter__(self) -> Aside:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _line(self) -> bytes:
        """The next that it says, within PATIENCE_S; empty where it says nothing."""
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._process.stdout, selectors.EVENT_READ)
            return self._process.stdout.readline() if waiting.select(PATIENCE_S) else b""


def _environment() -> dict[str, str]:
    """Nothing of the hub's own, but where its packages are."""
    here = str(Path(__file__).resolve().parents[2])
    paths = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    return {"PATH": os.environ.get("PATH", os.defpath), "PYTHONPATH": paths}


def _work(asked: BinaryIO, answers: BinaryIO) -> None:
    """Look at each picture that comes, until none does."""
    try:
        detector = Detector()
    except HubError as missing:
        answers.write(json.dumps(str(missing)).encode() + b"\n")
        return
    _hold_in()
    answers.write(READY)
    answers.flush()
    while len(head := asked.read(_SIZE.size)) == _SIZE.size:
        height, width = _SIZE.unpack(head)
        if not (0 < height <= WIDEST and 0 < width <= WIDEST):
            return
        pixels = np.frombuffer(asked.read(height * width * 3), np.uint8).reshape(height, width, 3)
        told = [(one.label, round(one.sure, 3), one.box) for one in detector(pixels)]
        answers.write(json.dumps(told).encode() + b"\n")
        answers.flush()


def _be_humble() -> None:
    os.nice(LEAST_PRIORITY)
    with suppress(OSError):  # Linux alone has it
        Path("/proc/self/oom_score_adj").write_text("1000")


def _hold_in() -> None:
    """No file can be written from here on, and no more memory be had than this takes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    _be_humble()
    _work(sys.stdin.buffer, sys.stdout.buffer)
