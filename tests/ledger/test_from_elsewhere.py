"""What `/record/verify/` says, done to the letter by somebody who has the program, a network, and nothing else."""

from __future__ import annotations

import html
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.environment import child_environment
from tests.instance import Instance

Run = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """The real server of an instance that has published its policy and no more."""
    running = Instance(tmp_path_factory.mktemp("instance"))
    running.migrate()
    running.start_web()
    yield running
    running.stop()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command of the page in an empty home, without any setting of the instance."""
    environment = {"PYTHONPATH": child_environment()["PYTHONPATH"], "HOME": str(tmp_path), "PATH": ""}

    def at_home(command: str) -> subprocess.CompletedProcess[str]:
        name, *arguments = shlex.split(command)
        assert name == "goodfences"
        program = [sys.executable, "-m", "goodfences.cli", *arguments]
        return subprocess.run(program, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    return at_home


def commands(instance: Instance) -> list[str]:
    page = httpx.get(f"{instance.url}/record/verify/").text
    return [html.unescape(found) for found in re.findall(r"^(?:<div.*<pre[^>]*>)?(goodfences [^<]+)", page, re.M)]


def test_the_whole_ledger(instance: Instance, run: Run) -> None:
    command = next(line for line in commands(instance) if line.startswith("goodfences verify ledger"))
    first, second = run(command), run(command)
    assert (first.returncode, first.stderr) == (0, "")
    assert "The checkpoint over 1 entry is signed" in first.stdout
    assert second.returncode == 0
    assert "The one entry of last time is still there, unchanged." in second.stdout


def test_one_entry(instance: Instance, run: Run, tmp_path: Path) -> None:
    command = next(line for line in commands(instance) if line.startswith("goodfences verify entry"))
    offered = httpx.get(f"{instance.url}/record/ledger/0/bundle.json")
    (name,) = re.findall(r'filename="(.+)"', offered.headers["Content-Disposition"])
    (tmp_path / name).write_bytes(offered.content)
    done = run(command)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Entry 0 is in that log: policy of policy" in done.stdout


def test_the_key_is_the_one_that_the_ledger_shows(instance: Instance, run: Run) -> None:
    key = httpx.get(f"{instance.url}/ledger/key").text.strip()
    other = "y" if key.endswith("x") else "x"
    assert run(f"goodfences verify ledger {instance.url} --key {key}").returncode == 0
    assert run(f"goodfences verify ledger {instance.url} --key {key[:-1]}{other}").returncode == 1
