"""What a test is given that another one built is what it would have built itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from goodfences.source import SeededSource
from tests.web import built_once
from tests.web.everything import Everything

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("built_once")]

_of_these: dict[bytes, Any] = {}
_found: list[dict[str, Any]] = []


@pytest.fixture(autouse=True)
def _first_of_these_builds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(built_once, "_kept", _of_these)


@pytest.mark.parametrize("turn", ["built", "put back", "put back after it was changed"])
def test_each_turn_finds_the_same(turn: str, everything: Everything, clock: SeededSource, tmp_path: Path) -> None:
    assert bool(_found) == (turn != "built")
    _found.append(
        {
            "rows": built_once.rows(),
            "clock": {name: repr(value) for name, value in vars(clock).items()},
            "files": {
                path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
            },
            "made": [everything.clip.ref, everything.link[1], everything.persons["omar"].password],
        }
    )
    assert _found[0]["files"]
    assert _found[-1] == _found[0]
    clock.random_bytes("another", 1)
    everything.clip.delete()
    next(path for path in tmp_path.rglob("*") if path.is_file()).write_bytes(b"other")
