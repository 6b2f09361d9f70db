"""Prints the folder for the tests' files: in memory where there is room and programs may run, else the usual one.

Tests write and sync a lot that nobody reads again.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 8_000_000_000


def in_memory() -> bool:
    """Whether there is room in memory, and copied programs (PostgreSQL's, say) may run from there."""
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM:
        return False
    try:
        with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
            program = shutil.copy(shutil.which("true") or "true", folder)
            return subprocess.run([program], check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.stdout.write(f"{MEMORY if in_memory() else tempfile.gettempdir()}\n")
