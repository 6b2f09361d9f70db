"""What an older backup would bring back: a note of each erasure, made in its transaction.

A note holds digests alone. They say nothing without the rows that were erased, which only a backup has still; from
that backup's rows whoever restores it finds what has to go once more (`operating.backups.forgetting`).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from goodfences import source
from goodfences.people.models import Account, Erased, Household
from goodfences.people.registry import Part

KEPT = timedelta(days=400)
"""Nobody may restore a backup that is older: what was erased since would stay."""


def note_account(account: Account, owned: Household | None) -> None:
    """An account goes, and with it the notes of what was erased of its household before."""
    if owned is not None:
        Erased.objects.filter(what__household=of_household(owned)).delete()
    Erased.objects.create(what={"account": of_account(account)})


def note_part(household: Household, part: Part) -> None:
    """A camera or a span of time goes."""
    Erased.objects.create(
        what={
            "household": of_household(household),
            "camera": of_camera(part.camera) if part.camera else "",
            "starts_at": _text(part.starts_at),
            "ends_at": _text(part.ends_at),
        }
    )


def part_of(what: dict[str, Any], camera: str) -> Part:
    """The part that a note tells of; `camera` is the reference that its digest was found to be of."""
    return Part(camera=camera, starts_at=_time(what["starts_at"]), ends_at=_time(what["ends_at"]))


def of_account(account: Account) -> str:
    """No number alone: a restored database gives the same numbers again."""
    return _digest(f"account {account.pk} {account.created_at.isoformat()}")


def of_household(household: Household) -> str:
    return _digest(f"household {household.ref}")


def of_camera(ref: str) -> str:
    return _digest(f"camera {ref}")


def forget_old() -> int:
    """Drop notes that no backup is older than. Returns how many."""
    return Erased.objects.filter(at__lte=source.now() - KEPT).delete()[0]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _text(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _time(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
