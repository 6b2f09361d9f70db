"""`goodfences demo` beside a town that runs, and with arguments that make no sense."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import Town
from tests.environment import ROOT, child_environment

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("town")]


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "goodfences.cli", "demo", *arguments]
    return subprocess.run(command, env=child_environment(), capture_output=True, text=True, cwd=ROOT, timeout=60)


@pytest.mark.parametrize("arguments", [("--empty",), ("--reset",)])
def test_a_town_that_runs_is_neither_emptied_nor_started_again(town: Town, arguments: tuple[str, ...]) -> None:
    refused = demo("--data", str(town.folder), *arguments)
    assert refused.returncode == 1
    assert "is running. Stop it first" in refused.stderr
    assert (town.folder / "goodfences.sqlite3").exists()
    assert town.answers()


def test_who_isnt_signed_in_reads_times_on_the_towns_clocks(town: Town) -> None:
    assert "Europe/Helsinki" in httpx.get(f"{town.url}/record/ledger/0/").text


def test_who_comes_by_figures_goes_on_by_the_towns_name(town: Town) -> None:
    figures = town.url.replace("localhost", "127.0.0.1")
    assert httpx.get(f"{figures}/demo/?a=b").headers["Location"] == f"{town.url}/demo/?a=b"


def test_a_town_that_rests_is_emptied(tmp_path: Path) -> None:
    (tmp_path / "town").mkdir()
    (tmp_path / "town" / "goodfences.sqlite3").write_bytes(b"x")
    assert demo("--data", str(tmp_path / "town"), "--empty").returncode == 0
    assert not (tmp_path / "town").exists()


@pytest.mark.parametrize("port", ["80000", "0", "-1", "http"])
def test_a_port_that_is_none_is_named(port: str) -> None:
    refused = demo(f"--port={port}")
    assert refused.returncode == 2
    assert "a port is a number from 1 to 65535" in refused.stderr
