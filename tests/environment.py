"""The environment of programs of ours that a test starts."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHONPATH = os.pathsep.join([str(ROOT / "src"), str(ROOT)])


def child_environment() -> dict[str, str]:
    """For a program of ours with settings of its own: nothing of the tests' instance, this checkout's code."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GOODFENCES_", "DJANGO_"))}
    return {**kept, "PYTHONPATH": PYTHONPATH}
