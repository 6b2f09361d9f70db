"""What a decoder that was taken over by a video might do. Runs in the jail alone, as an operation of its own."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import struct
import sys
import time
from pathlib import Path
from typing import Any

from goodfences.clips.jail import Unfit


def misbehave(header: dict[str, Any], payload: bytes) -> tuple[dict[str, Any], list[bytes]]:
    return ACTS[header["act"]](header, payload), [payload] if header.get("echo") else []


def behave(_header: dict[str, Any], payload: bytes) -> dict[str, Any]:
    return {"size": len(payload)}


def eat_memory(header: dict[str, Any], _payload: bytes) -> dict[str, Any]:
    held = []
    while True:
        held.append(bytearray(10 * 2**20))


def hold_memory(header: dict[str, Any], _payload: bytes) -> dict[str, Any]:
    return {"size": len(bytearray(header["megabytes"] * 2**20))}


def spin(_header: dict[str, Any], _payload: bytes) -> dict[str, Any]:
    while True:
        pass


def sleep(_header: dict[str, Any], _payload: bytes) -> dict[str, Any]:
    time.sleep(600)
    return {}


def crash(_header: dict[str, Any], _payload: bytes) -> dict[str, Any]:
    ctypes.string_at(0)
    return {}


def abort(_header: dict[str, Any], _payload: bytes) -> dict[str, Any]:
    os.abort()


def end_itself(_header: dict[str, Any], _payload: bytes) -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def end_the_keeper(_header: dict[str, Any], _payload: bytes) -> dict[str, Any]:
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)
    return {}


def leave_early(_header: dict[str, Any], _payload: bytes) -> dict[str, Any]:
    os._exit(0)


def complain(header: dict[str, Any], _payload: bytes) -> dict[str, Any]:
    raise Unfit("This video is upside down.")


def stumble(_header: dict[str, Any], _payload: bytes) -> dict[str, Any]:
    raise ZeroDivisionError


def lie(header: dict[str, Any], _payload: bytes) -> dict[str, Any]:
    os.write(1, bytes.fromhex(header["answer"]))
    os._exit(0)


def flood(_header: dict[str, Any], _payload: bytes) -> dict[str, Any]:
    head = json.dumps({"facts": {}, "sizes": [2**60]}).encode()
    os.write(1, struct.pack(">Q", len(head)) + head)
    while True:
        os.write(1, bytes(2**16))


def reach_out(_header: dict[str, Any], _payload: bytes) -> dict[str, Any]:
    """What it could do to the machine: the name of the error, or nothing where it could."""
    tries = {
        "read": lambda: Path("/etc/passwd").read_bytes(),
        "write": lambda: Path("/tmp/goodfences-escaped").touch(),
        "connect": lambda: socket.socket(),
        "pipe": lambda: os.pipe(),
        "memory": lambda: bytearray(2**40),
    }
    return {name: _error(attempt) for name, attempt in tries.items()}


def look_around(_header: dict[str, Any], _payload: bytes) -> dict[str, Any]:
    modules = [name for name in sys.modules if name.startswith(("django", "goodfences"))]
    return {
        "environment": dict(os.environ),
        "modules": modules,
        "open": _open_descriptors(),
        "folder": str(Path.cwd()),
    }


def _open_descriptors() -> list[int]:
    found = []
    for descriptor in range(256):
        try:
            os.fstat(descriptor)
        except OSError:
            continue
        found.append(descriptor)
    return found


def _error(attempt: Any) -> str:
    try:
        attempt()
    except (OSError, MemoryError) as error:
        return type(error).__name__
    return ""


ACTS = {
    act.__name__: act
    for act in (
        behave,
        eat_memory,
        hold_memory,
        spin,
        sleep,
        crash,
        abort,
        end_itself,
        end_the_keeper,
        leave_early,
        complain,
        stumble,
        lie,
        flood,
        reach_out,
        look_around,
    )
}
