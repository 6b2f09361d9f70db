from __future__ import annotations

import os
import subprocess
import sys

import pytest
from scripts.with_postgres import postgres


@pytest.mark.postgres
def test_matching_is_the_same_on_postgresql_and_reads_the_index_alone(tmp_path):
    with postgres() as url:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "--basetemp", tmp_path / "inner", "tests/cameras/test_matching.py"],
            env={**os.environ, "DATABASE_URL": url},
            capture_output=True,
            text=True,
            timeout=240,
        )
    assert done.returncode == 0, done.stdout
