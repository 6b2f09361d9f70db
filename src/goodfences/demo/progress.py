"""How far the demo town's cameras have come with uploading, told from one process to another through a file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class Footage:
    """`uploaded` of `total` clips are stored."""

    uploaded: int = 0
    total: int = 0

    @property
    def done(self) -> bool:
        return self.uploaded >= self.total > 0


def _file() -> Path:
    return Path(settings.STATE) / "demo-footage.json"


def write(footage: Footage) -> None:
    """Say how far it is."""
    fresh = _file().with_suffix(".new")
    fresh.write_text(json.dumps(asdict(footage)))
    fresh.replace(_file())


def read() -> Footage:
    """What was said last."""
    try:
        return Footage(**json.loads(_file().read_text()))
    except FileNotFoundError:
        return Footage()
