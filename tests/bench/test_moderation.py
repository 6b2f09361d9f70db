"""The flood of bots, small: what is held off, what is taken, and that a neighbor's post still stands first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

SMALL = """
import argparse, json
from goodfences.bench import moderation
moderation._TOLD, moderation._PAGES = 20, 2
found = moderation.run(argparse.Namespace(tries=24, bots=6, folder=None))
print(json.dumps(found.rows))
"""


def test_a_small_flood(tmp_path: Path) -> None:
    source = Path(__file__).resolve().parents[2] / "src"
    environment = {**os.environ, "PYTHONPATH": str(source)}
    run = subprocess.run([sys.executable, "-c", SMALL], capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert run.returncode == 0, run.stderr
    rows = {row["what"]: row for row in json.loads(run.stdout.splitlines()[-1])}
    assert rows["posts that bots tried"]["taken"] == 18, "Three an account."
    assert rows["reports that bots tried"]["taken"] == 18
    assert rows["a neighbor's new post stands at"]["posts"] == 1
    assert rows["independent voices of the loudest"]["posts"] == 1
