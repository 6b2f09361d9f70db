"""One version: of the package, of the network that tells it to hubs, and of the hub that compares."""

from __future__ import annotations

import tomllib

import goodfences
import goodfences_hub
from tests.environment import ROOT


def test_all_say_the_same() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == goodfences.__version__ == goodfences_hub.__version__
