"""A run of tests leaves no state folder behind, and takes none from under another process."""

from __future__ import annotations

import getpass
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOAD = "import os, tests.settings; print(os.environ['GOODFENCES_STATE'])"
FORK = f"""
{LOAD}
if os.fork() == 0:
    raise SystemExit  # leaves as a program does, its last wishes granted
os.wait()
print(os.path.isdir(os.environ["GOODFENCES_STATE"]))
"""


def lines_of(program: str, tmp_path: Path, **environment: str) -> list[str]:
    kept = {name: value for name, value in os.environ.items() if name != "GOODFENCES_STATE"}
    kept |= {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "TMPDIR": str(tmp_path), **environment}
    return subprocess.run(
        [sys.executable, "-u", "-c", program], env=kept, capture_output=True, text=True, check=True
    ).stdout.split()


def test_the_folder_is_gone_when_its_process_ends(tmp_path: Path) -> None:
    (folder,) = lines_of(LOAD, tmp_path)
    assert Path(folder).parent == tmp_path
    assert not Path(folder).exists()


def test_a_run_of_tests_leaves_no_file_where_temporary_ones_go(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GOODFENCES_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-n", "2", "tests/vault/test_blobs.py", "tests/mail/test_journal.py"]
    done = subprocess.run(
        command, cwd=ROOT, env={**kept, "TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert [path.name for path in tmp_path.rglob("*")] == [f"pytest-of-{getpass.getuser()}"]


def test_a_process_that_was_given_a_folder_leaves_it(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    assert lines_of(LOAD, tmp_path, GOODFENCES_STATE=str(given)) == [str(given)]
    assert given.exists()


def test_a_child_that_ends_first_leaves_it(tmp_path: Path) -> None:
    folder, stood = lines_of(FORK, tmp_path)
    assert stood == "True"
    assert not Path(folder).exists()
