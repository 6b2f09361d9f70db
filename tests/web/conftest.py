"""An instance in which everything exists."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from goodfences.cameras.models import Device
from goodfences.redaction import kept
from goodfences.source import SeededSource
from tests.web import everything as instance
from tests.web.built_once import built_once, number_anew

PERSONS = ("olive", "hugo", "stranger", "nadia", "omar", "ada", "aggie", "audrey", "sam", "max", "otto")


@pytest.fixture
def everything(
    request: pytest.FixtureRequest,
    clock: SeededSource,
    db: None,
    settings: Any,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> instance.Everything:
    """Every kind of thing that a route can lead to, Olive's or Northgate's; see tests/web/everything.py."""
    settings.BLOBS = str(tmp_path / "blobs")
    settings.KEYS = tmp_path / "keys"
    number_anew()
    persons = {name: request.getfixturevalue(name) for name in PERSONS}
    devices: dict[str, Device] = {
        owner: request.getfixturevalue(f"{owner}s_device") for owner in ("olive", "stranger")
    }
    build = partial(instance.build, persons, devices)
    made = built_once(build, clock=clock, home=tmp_path, keep=lambda: tmp_path_factory.mktemp("everything"))
    for name, person in persons.items():
        vars(person).update(vars(made.persons[name]))
    return replace(made, persons=persons, devices=devices)


@pytest.fixture(autouse=True)
def _pages_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what they need, however busy the machine: what they say meanwhile has a test of its own."""
    monkeypatch.setattr(kept, "WAIT_S", 60.0)
