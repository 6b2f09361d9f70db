"""`goodfences serve` as a service manager runs it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from goodfences.demo.processes import is_free
from tests.instance import Instance


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    instance = Instance(tmp_path / "state")
    instance.goodfences("migrate")
    yield instance
    instance.stop()


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
