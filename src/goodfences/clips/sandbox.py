"""Runs an operation on untrusted video in a process of its own, with limits (the far side is `jail`).

    facts, (video, poster, stills) = sandbox.run("examine", {...}, data, memory_mb=512, cpu_s=60, wall_s=120)

Nothing of the video touches the disk: it goes in and out through pipes, in pieces, so that a large one isn't held
here on its way in and once on its way out. Needs Linux.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import io
import json
import logging
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goodfences.clips.arriving import Arriving
from goodfences.clips.jail import OPERATIONS, Unfit

__all__ = ["Interrupted", "Payload", "Unfit", "run"]

logger = logging.getLogger(__name__)

MAX_HEAD = 16 * 1024 * 1024
MEGABYTE = 1024 * 1024

_PACKAGES = str(Path(__file__).resolve().parents[2])
_START = (
    "import json, sys; sys.path.insert(0, sys.argv[2]); from goodfences.clips.jail import serve;"
    "serve(int(sys.argv[1]), json.loads(sys.argv[3]))"
)
_LENGTH = struct.Struct(">Q")
_PIECE = 1 << 20
_TIME_LIMIT = {-signal.SIGXCPU}


Answer = tuple[dict[str, Any], list[bytes]]


@dataclass(frozen=True)
class Payload:
    """A video of `size` bytes on its way in, piece by piece."""

    size: int
    pieces: Iterable[bytes]


class Interrupted(Exception):
    """The operation didn't end, for a reason that may lie outside the video: time ran out, or it was killed.

    Trying again may succeed. What lies in the video itself raises `Unfit`, and trying again is useless.
    """


def run(
    operation: str,
    header: dict[str, Any],
    payload: bytes | Payload,
    *,
    memory_mb: int,
    cpu_s: int,
    wall_s: float,
    max_output: int = 1024 * MEGABYTE,
    of: Mapping[str, str] = OPERATIONS,
    arriving: Arriving | None = None,
) -> Answer:
    """What `operation` makes of `header` and `payload`: its facts and its files.

    With `arriving`, the first file goes there as it comes, and the answer has the others alone; whether it is good,
    the caller says.

    `of` is the table that it stands in, as `jail.OPERATIONS`. `memory_mb` is what it may use on top of the payload
    and the decoders themselves, `cpu_s` its processor time, `wall_s` the time until it is killed. Raises `Unfit` with
    words for the video's owner where the video is refused, breaks the decoder or needs more than its share, and
    `Interrupted` where it may be tried again. What the pieces of `payload` raise comes through.
    """
    if isinstance(payload, bytes):
        payload = Payload(len(payload), [payload])
    keeper = _take_keeper(of)
    try:
        job = {"operation": operation, "header": header, "memory_mb": memory_mb, "cpu_s": cpu_s, "wall_s": wall_s}
        answer, end = keeper.do(job, payload, max_output, arriving)
    except BaseException:
        # Its answer may still be under way: the next job must not read it.
        keeper.end()
        raise
    _give_keeper(keeper)
    return _understood(operation, answer, end, cpu_s)


def _understood(operation: str, answer: Answer | None, end: dict[str, Any], cpu_s: int) -> Answer:
    if end["timed_out"]:
        raise Interrupted("The video took too long to decode.")
    status = int(end["status"])
    if status == -signal.SIGKILL:
        raise Interrupted("The decoder was stopped from outside.")
    if status in _TIME_LIMIT:
        raise Unfit(f"This video needs more than {cpu_s} seconds of computing to decode.")
    if status != 0 or answer is None:
        logger.warning("%s: the decoder ended with status %s", operation, status)
        raise Unfit("This video breaks the decoder.")
    head, files = answer
    if "unfit" in head:
        raise Unfit(str(head["unfit"])[:300])
    if "broken" in head:
        logger.warning("%s: %s on a video", operation, str(head["broken"])[:80])
        raise Unfit("This video couldn't be read to its end.")
    return head["facts"], files


class _Keeper:
    """One keeper process (see `jail.serve`), which does one job at a time, of those in its table `of`.

    Tables have keepers of their own: what finds faces takes memory that a plain cut has no need of.
    """

    def __init__(self, of: Mapping[str, str]) -> None:
        self.of = dict(of)
        self.parent = os.getpid()
        self._control, theirs = socket.socketpair()
        # Nothing of our environment: it may hold the secret key or a database password. Memory in large pages, as a
        # whole video is copied about: else a third of a cut's time goes into being given page after page.
        with _deaf():
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", _START, str(theirs.fileno()), _PACKAGES, json.dumps(self.of)],
                env={"LANG": "C.UTF-8", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd="/",
                start_new_session=True,
            )
        theirs.close()

    def do(
        self, job: dict[str, Any], payload: Payload, max_output: int, arriving: Arriving | None
    ) -> tuple[Answer | None, dict[str, Any]]:
        """The answer, where it has the form of one, and how the prisoner ended."""
        payload_out, payload_in = _pipe()
        answer_out, answer_in = _pipe()
        try:
            socket.send_fds(self._control, [json.dumps(job).encode()], [payload_out, answer_in])
        except OSError as error:
            raise Interrupted("The decoder didn't start.") from error
        finally:
            os.close(payload_out)
            os.close(answer_in)
            if sys.exc_info()[0] is not None:
                os.close(payload_in)
                os.close(answer_out)
        with os.fdopen(answer_out, "rb", buffering=0) as answers:
            with contextlib.suppress(BrokenPipeError), os.fdopen(payload_in, "wb", buffering=0) as out:
                _write_all(out.fileno(), _LENGTH.pack(payload.size))
                for piece in payload.pieces:
                    _write_all(out.fileno(), piece)
            answer = _heard(_Mouth(answers.fileno(), max_output, until=self._control), arriving)
        return answer, self._end_of_job()

    def _end_of_job(self) -> dict[str, Any]:
        line = b""
        while not line.endswith(b"\n"):
            try:
                piece = self._control.recv(4096)
            except OSError:
                piece = b""
            if not piece:
                raise Interrupted("The decoder was stopped from outside.")
            line += piece
        end: dict[str, Any] = json.loads(line)
        return end

    def usable(self) -> bool:
        return self.parent == os.getpid() and self._process.poll() is None

    def end(self) -> None:
        """Stop it, and with it a prisoner that still runs: the keeper kills it when we hang up."""
        self._control.close()
        if self.parent == os.getpid():
            try:
                self._process.wait(2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """What is started meanwhile isn't ended by what tells all processes of a service to end: it ends with us, and we
    finish what we hold first.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _pipe() -> tuple[int, int]:
    """A pipe that holds as much as is written at a time: else both sides take turns every 64 KiB of a video."""
    out, into = os.pipe()
    with contextlib.suppress(OSError):  # whoever has many pipes open gets no more large ones
        fcntl.fcntl(into, fcntl.F_SETPIPE_SZ, _PIECE)
    return out, into


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view[:_PIECE]) :]


class _Mouth:
    """What a prisoner says, read as it is needed and up to `limit` bytes.

    Ends early where `until` has news: a prisoner that killed its keeper, which else would have ended it in time,
    must not keep us waiting.
    """

    def __init__(self, descriptor: int, limit: int, *, until: socket.socket) -> None:
        self._descriptor, self._left, self._until = descriptor, limit, until
        self._either = select.poll()  # `select` takes no descriptor beyond 1,023
        for end in (descriptor, until.fileno()):
            self._either.register(end, select.POLLIN)

    def take(self, count: int) -> bytes:
        """The next `count` bytes, or fewer where no more come. Raises Unfit beyond the limit."""
        self._spend(count)
        taken = io.BytesIO()
        while (missing := count - taken.tell()) and self._has_more():
            if not (piece := os.read(self._descriptor, min(missing, _PIECE))):
                break
            taken.write(piece)
        return taken.getvalue()

    def pass_on(self, count: int, arriving: Arriving) -> bool:
        """Let the next `count` bytes arrive there; whether there were as many. Raises Unfit beyond the limit."""
        self._spend(count)
        arriving.expect(count)
        while (missing := arriving.missing()) and self._has_more():
            if not (come := os.readv(self._descriptor, [missing[:_PIECE]])):
                break
            arriving.came(come)
        return not missing

    def _spend(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise Unfit("This video grows beyond any clip when it is decoded.")

    def _has_more(self) -> bool:
        return self._descriptor in [descriptor for descriptor, _ in self._either.poll()]


def _heard(mouth: _Mouth, arriving: Arriving | None) -> Answer | None:
    """Head and files of an answer, which is no more trusted than the video; None where it has another form."""
    try:
        (length,) = _LENGTH.unpack(mouth.take(_LENGTH.size))
        head = json.loads(mouth.take(length)) if length <= MAX_HEAD else None
        if not isinstance(head, dict) or not {"facts", "unfit", "broken"} & head.keys():
            return None
        sizes = [int(size) for size in head.get("sizes", [])]
        if min(sizes, default=0) < 0:
            return None
        if arriving is not None and "facts" in head and not mouth.pass_on(sizes.pop(0), arriving):
            return None
        files = [mouth.take(size) for size in sizes]
    except (ValueError, TypeError, IndexError, RecursionError, struct.error):
        return None
    whole = [len(file) for file in files] == sizes and not mouth.take(1)
    return (head, files) if whole else None


_idle: list[_Keeper] = []
_lock = threading.Lock()


def _take_keeper(of: Mapping[str, str]) -> _Keeper:
    with _lock:
        for keeper in [keeper for keeper in _idle if keeper.of == of]:
            _idle.remove(keeper)
            if keeper.usable():
                return keeper
            keeper.end()
    return _Keeper(of)


def _give_keeper(keeper: _Keeper) -> None:
    with _lock:
        _idle.append(keeper)


@atexit.register
def _end_all() -> None:
    with _lock:
        while _idle:
            _idle.pop().end()
