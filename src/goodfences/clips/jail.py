"""The far side of the sandbox: a process that decodes untrusted video and can do little else.

A keeper process starts once, imports the decoders, and forks one prisoner for each job (a fork takes
milliseconds, an import a quarter of a second). The keeper itself never looks at a video. A prisoner reads its
payload from a pipe, answers into another, and lives under limits on memory, processor time and lifetime; it
may open no file and no socket, write no file and start no process. It knows no Django, no settings and no key.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from itertools import chain
from typing import Any, NoReturn

File = bytes | Sequence[bytes | memoryview]
"""A file of an answer, whole or in parts that follow each other."""

Operation = Callable[[dict[str, Any], bytes], tuple[dict[str, Any], list[File]]]

OPERATIONS = {
    "examine": "goodfences.clips.examine:examine",
    "cut": "goodfences.clips.cutting:cut_in_jail",
}
"""What a prisoner of this room can be asked to do; other rooms bring a table of their own (`sandbox.run(of=...)`).

The modules named in one may import nothing of Django.
A module may have a function `warm_up()`, which the keeper calls before it forks anybody."""

_LENGTH = struct.Struct(">Q")
_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_MAX_JOB = 64 * 1024


class Unfit(Exception):
    """An operation refuses its input. The message goes to the owner of the video."""


class PipeClosed(Exception):
    """The other side hung up."""


def serve(control_fd: int, paths: Mapping[str, str] = OPERATIONS) -> None:
    """The keeper: fork a prisoner for each job that arrives on `control_fd`, until its other end is closed."""
    operations = {name: _load(path) for name, path in paths.items()}
    control = socket.socket(fileno=control_fd)
    while True:
        message, fds, _flags, _address = socket.recv_fds(control, _MAX_JOB, 2)
        if not message:
            return
        job = json.loads(message)
        control.sendall(_guard(job, operations[job["operation"]], fds, control) + b"\n")


def _load(path: str) -> Operation:
    module, _, name = path.partition(":")
    loaded = import_module(module)
    # A prisoner can open no file, so it can import nothing: what imports late has to be used once before.
    getattr(loaded, "warm_up", lambda: None)()
    operation: Operation = getattr(loaded, name)
    return operation


def _guard(job: dict[str, Any], operation: Operation, fds: list[int], control: socket.socket) -> bytes:
    """Fork a prisoner, wait for its end or for the end of its time; says how it ended."""
    alive, alive_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(alive)
        control.close()
        _prisoner(job, operation, fds)
    for descriptor in (*fds, alive_end):
        os.close(descriptor)
    timed_out = _wait(alive, control, time.monotonic() + job["wall_s"])
    os.close(alive)
    # Also where it ended by itself: whatever it might have started goes with it.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    end = {"timed_out": timed_out, "status": os.waitstatus_to_exitcode(status)}
    return json.dumps(end).encode()


def _wait(alive: int, control: socket.socket, deadline: float) -> bool:
    """Whether the time ran out before the prisoner ended. Ends at once where the parent is gone."""
    either = select.poll()  # `select` takes no descriptor beyond 1,023, and these come from a program with many
    for end in (alive, control.fileno()):
        either.register(end, select.POLLIN)
    left_ms = 1000 * max(0.0, deadline - time.monotonic())
    return alive not in [end for end, _ in either.poll(left_ms)]


def _prisoner(job: dict[str, Any], operation: Operation, fds: list[int]) -> NoReturn:
    try:
        os.setsid()
        _take_pipes(*fds)
        payload = _payload()
        _limit(job)
        _answer(*_run(operation, job["header"], payload))
    except BaseException:  # noqa: BLE001 - a forked child must never return into the keeper's code
        os._exit(1)
    os._exit(0)


def _take_pipes(payload: int, answer: int) -> None:
    """Pipes as descriptors 0 and 1, nothing as 2; the pipe that tells the keeper of our end stays as it is."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(payload, 0)
    os.dup2(answer, 1)
    os.dup2(nothing, 2)
    for descriptor in (payload, answer, nothing):
        os.close(descriptor)


def _payload() -> bytes:
    with os.fdopen(0, "rb", closefd=False) as pipe:
        (expected,) = _LENGTH.unpack(pipe.read(_LENGTH.size))
        payload = pipe.read(expected)  # straight into its place: a second copy would double what a video takes
    if len(payload) != expected:
        raise PipeClosed
    return payload


def _limit(job: dict[str, Any]) -> None:
    """From here on: so much more memory and processor time, no new descriptor, file, process or core dump."""
    # Its keeper ends it in time, so it must not outlive its keeper.
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    memory = _size_in_memory() + job["memory_mb"] * 1024 * 1024
    # Where soft and hard limit are one, the kernel sends SIGKILL, which would read as a kill from outside.
    resource.setrlimit(resource.RLIMIT_CPU, (job["cpu_s"], job["cpu_s"] + 1))
    for what, limit in {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: 0,
    }.items():
        resource.setrlimit(what, (limit, limit))


def _size_in_memory() -> int:
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123
        return int(file.read().split()[0]) * resource.getpagesize()


def _run(operation: Operation, header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], list[File]]:
    try:
        facts, files = operation(header, payload)
    except Unfit as error:
        return {"unfit": str(error)}, []
    except MemoryError:
        return {"unfit": "This video needs more memory to decode than a clip may use."}, []
    except Exception as error:  # noqa: BLE001 - whatever an untrusted video made of our code ends with this prisoner
        return {"broken": type(error).__name__}, []
    return {"facts": facts, "sizes": [sum(map(len, _parts(file))) for file in files]}, files


def _parts(file: File) -> Sequence[bytes | memoryview]:
    return [file] if isinstance(file, bytes) else file


def _answer(head: dict[str, Any], files: list[File]) -> None:
    text = json.dumps(head).encode()
    for piece in (_LENGTH.pack(len(text)), text, *chain.from_iterable(map(_parts, files))):
        view = memoryview(piece)
        while view:
            view = view[os.write(1, view) :]


if __name__ == "__main__":
    serve(int(sys.argv[1]))
