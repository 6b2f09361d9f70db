"""`goodfences serve` and `goodfences worker` as a service manager runs them."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from goodfences import cli
from goodfences.demo.processes import is_free
from tests.environment import ROOT
from tests.instance import Instance, wait_until

POLICY = ROOT / "src" / "goodfences" / "policy" / "policy.toml"


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Instance]:
    """An instance with a policy file of its own and no database yet."""
    (tmp_path / "policy.toml").write_text(POLICY.read_text())
    instance = Instance(tmp_path / "state", GOODFENCES_POLICY=str(tmp_path / "policy.toml"))
    yield instance
    instance.stop()


@pytest.fixture
def instance(new: Instance) -> Instance:
    new.migrate()
    return new


def serve(instance: Instance) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "goodfences.cli", "serve", "--port", str(instance.port)]
    web = instance.processes.start("web", command)
    instance.processes.wait_for_http("web", f"{instance.url}/promises/")
    return web


def test_it_warns_of_nothing_and_ends_with_the_program_that_was_started(instance: Instance) -> None:
    web = serve(instance)
    web.terminate()
    assert web.wait(20) == 0
    assert is_free(instance.port)
    assert instance.processes.log("web") == ""


def published(instance: Instance) -> list[str]:
    """The versions of the policy that stand in the ledger."""
    with closing(sqlite3.connect(instance.state / "goodfences.sqlite3", timeout=30)) as database:
        rows = database.execute("select body from ledger_ledgerentry where kind = 'policy' order by \"index\"")
        return [json.loads(body)["policy"]["version"] for (body,) in rows]


def test_a_worker_publishes_the_policy_that_it_starts_with_once(instance: Instance, tmp_path: Path) -> None:
    (first,) = published(instance)
    changed = POLICY.read_text().replace(f'version = "{first}"', 'version = "next"')
    (tmp_path / "policy.toml").write_text(changed)
    for _ in range(2):
        instance.start_worker()
        wait_until(lambda: len(published(instance)) == 2, "publishing")
        instance.processes.stop("worker")
    assert published(instance) == [first, "next"]


def test_a_worker_waits_for_its_database_and_says_so(new: Instance) -> None:
    new.start_worker()
    wait_until(lambda: "`goodfences migrate`" in new.processes.log("worker"), "waiting")
    new.goodfences("migrate")
    wait_until(lambda: (new.state / "worker-beat").exists(), "work")
    assert new.processes.dead() == {}


def test_the_settings_say_how_many_processes_serve_where_the_command_does_not(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.SERVE_WORKERS = 3
    started: list[list[str]] = []
    monkeypatch.setattr(cli, "_refuse_half_restored", lambda: None)
    monkeypatch.setattr(cli.os, "execv", lambda _program, command: started.append(command))
    for said in ([], ["--workers", "2"]):
        with pytest.raises(SystemExit):
            cli.main(["serve", *said])
    assert [command[command.index("--workers") + 1] for command in started] == ["3", "2"]
