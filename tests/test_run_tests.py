"""What `make test` runs the tests by: what fails in a crowd has to pass alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from scripts import run_tests

ROOT = Path(__file__).resolve().parent.parent
LUCKY = """
from pathlib import Path

def test_lucky():
    seen = Path(__file__).with_suffix(".seen")
    was_there = seen.exists()
    seen.touch()
    assert was_there
"""


def ran(folder: Path, tests: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(tests)
    alone = ["-c", "/dev/null", "--rootdir", str(folder), "-p", "no:django", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "run_tests.py", *alone],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_passes_alone_passes_and_is_named(tmp_path: Path) -> None:
    done = ran(tmp_path, LUCKY)
    assert done.returncode == 0
    assert done.stdout.rstrip().endswith("test_it.py::test_lucky")


def test_what_fails_alone_fails(tmp_path: Path) -> None:
    assert ran(tmp_path, LUCKY + "\ndef test_wrong():\n    assert False\n").returncode == run_tests.SOME_FAILED


def test_many_failures_are_no_bad_luck(tmp_path: Path) -> None:
    done = ran(tmp_path, "".join(f"def test_{n}():\n    assert False\n" for n in range(run_tests.FEW + 1)))
    assert done.returncode == run_tests.SOME_FAILED
    assert "once more" not in done.stdout


def test_tests_that_cannot_be_read_fail(tmp_path: Path) -> None:
    assert ran(tmp_path, "this is no Python").returncode not in (0, run_tests.SOME_FAILED)
