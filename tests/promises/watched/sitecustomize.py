"""Python runs this first in each program that has this folder on its PYTHONPATH.

It notes every file that the program opens to write, also one that is gone a moment later, in the file that
WRITTEN_FILES names, a line each.
"""

import os
import sys
from typing import Any

_log = os.open(os.environ["WRITTEN_FILES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "open":
        return
    path, _mode, flags = arguments
    if isinstance(path, int) or not isinstance(flags, int) or not flags & (os.O_WRONLY | os.O_RDWR):
        return
    os.write(_log, os.path.abspath(os.fsencode(path)) + b"\n")  # noqa: PTH100 - a path of bytes, and its links unread


sys.addaudithook(_note)
