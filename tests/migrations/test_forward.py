"""What an earlier version wrote is there, right and readable once its database was brought up to date."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.instance import Instance
from tests.migrations.conftest import Empty

BEFORE = sorted(Path(__file__).with_name("before").glob("*.json"))


@pytest.mark.django_db
@pytest.mark.parametrize("kept", BEFORE, ids=lambda file: file.stem)
def test_rows_of_before_are_brought_forward(kept: Path, empty: Empty, tmp_path: Path) -> None:
    environment = Instance(tmp_path / "state", DATABASE_URL=empty("forward")).environment
    program = [sys.executable, "-m", "tests.migrations.forward", str(kept)]
    done = subprocess.run(program, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
