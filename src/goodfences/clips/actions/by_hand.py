"""Clips that an owner sends from a browser."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from goodfences.cameras import actions as cameras
from goodfences.clips.actions.announce import announce, known_or_draft
from goodfences.clips.actions.finish import finish
from goodfences.clips.actions.receive import announce_with_bytes
from goodfences.clips.models import Clip
from goodfences.people.models import Account


@transaction.atomic
def announce_by_hand(
    *, account: Account, camera_ref: str, starts_at: datetime, duration_ms: int, kind: str, size: int, sha256: str
) -> tuple[Clip, bool]:
    """As `announce`, by what stands for the owner's browser: where it is refused, that isn't made either.

    Raises `NotFound` for anyone but the owner, and what `announce` raises.
    """
    return announce(
        device=cameras.uploader_by_hand(account=account),
        camera_ref=camera_ref,
        starts_at=starts_at,
        duration_ms=duration_ms,
        kind=kind,
        size=size,
        sha256=sha256,
    )


def take_by_hand(
    *,
    account: Account,
    camera_ref: str,
    starts_at: datetime,
    duration_ms: int,
    kind: str,
    size: int,
    sha256: str,
    body: Any,
) -> Clip:
    """A file that a form brought whole: announced, received and finished. `body` is read from its beginning.

    As with `announce_by_hand`, what is refused leaves nothing. Raises what that and `finish` raise.
    """
    told: dict[str, Any] = {
        "camera_ref": camera_ref,
        "starts_at": starts_at,
        "duration_ms": duration_ms,
        "kind": kind,
        "size": size,
        "sha256": sha256,
    }
    with transaction.atomic():
        device = cameras.uploader_by_hand(account=account)
        known_or_draft(device, **told)
    begun = announce_with_bytes(device=device, **told, body=body, length=size)
    return finish(device=device, clip_ref=begun.clip.ref)
