"""What a worker believes of the time, handed on to the one that starts after it.

A process that starts while the wall clock is wrong would believe it, since it has seen no other. So each writes down
what it believes, beside a clock that never jumps and is the same for all processes until the machine starts anew.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from goodfences import source

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def go_on(file: Path) -> None:
    """Begin with what the last one wrote down since the machine started, if any did; and look at the clock."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        told = json.loads(file.read_text())
        if told["boot"] == _BOOT.read_text():
            source.believe(datetime.fromisoformat(told["wall"]), float(told["steady"]))
    source.settled_now()


def write_down(file: Path) -> None:
    """What this process believes now. Where there is no room for it, the next time may have some."""
    source.settled_now()
    believed = source.believed()
    if believed is None:
        return
    wall, steady = believed
    draft = file.with_suffix(".new")
    with suppress(OSError):
        draft.write_text(json.dumps({"boot": _BOOT.read_text(), "wall": wall.isoformat(), "steady": steady}))
        draft.replace(file)
