"""Writes the custody log of a shared or handed-in video and reads it as a chain."""

from __future__ import annotations

from typing import Any

from django.db import connection

from goodfences import source
from goodfences.agencies.models import Officer
from goodfences.evidence import chain, layout
from goodfences.evidence.models.shared_video import CustodyEvent, SharedVideo


def record(
    video: SharedVideo,
    kind: CustodyEvent.Kind,
    *,
    officer: Officer | None = None,
    details: dict[str, Any] | None = None,
) -> CustodyEvent:
    """Append one event, inside the act's transaction, which must hold the video's row."""
    event: CustodyEvent = append(video, video.sha256, kind, officer=officer, details=details)
    return event


def log_of(video: SharedVideo) -> dict[str, Any]:
    """The whole log, as it goes into a package."""
    return whole(video, video.sha256)


def append(
    video: Any, sha256: str, kind: str, *, officer: Officer | None = None, details: dict[str, Any] | None = None
) -> Any:
    """`record` for whatever has a `ref` and events of the fields of CustodyEvent under `custody`.

    Two at once can't both follow the same event: a constraint of the events lets one of them through.
    """
    assert connection.in_atomic_block
    last = video.custody.order_by("-sequence").first()
    event = video.custody.model(
        video=video,
        sequence=last.sequence + 1 if last else 1,
        kind=kind,
        at=source.now(),
        officer=officer,
        shown={"name": officer.shown_as, "agency": officer.agency.name} if officer else None,
        details=details or {},
        previous_hash=last.hash if last else chain.start(video.ref, sha256),
    )
    event.hash = chain.link(_plain(event))
    event.save(force_insert=True)
    return event


def whole(video: Any, sha256: str) -> dict[str, Any]:
    """`log_of` for whatever `append` takes."""
    return chain.log_of(video.ref, sha256, [_plain(event) for event in video.custody.order_by("sequence")])


def _plain(event: Any) -> dict[str, Any]:
    return {
        "sequence": event.sequence,
        "kind": str(event.kind),
        "at": layout.moment(event.at),
        "officer": event.shown,
        "details": event.details,
        "previous_hash": event.previous_hash,
        "hash": event.hash,
    }
