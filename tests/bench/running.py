"""The real benches, small, each in a process of its own: a bench sets Django up for itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any


def run_bench(name: str, *arguments: str, timeout: int = 300, **environment: str) -> dict[str, Any]:
    """What `goodfences bench NAME --json` printed, on SQLite unless the environment says otherwise."""
    done = subprocess.run(
        [sys.executable, "-m", "goodfences.cli", "bench", name, "--json", *arguments],
        env={**os.environ, "PYTHONPATH": "src", "DATABASE_URL": "", **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
