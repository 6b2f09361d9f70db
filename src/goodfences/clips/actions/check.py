"""Checks stored clips before anybody can see them, and keeps a clean copy in place of what was uploaded."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from goodfences import source
from goodfences.clips import hooks, room, sandbox
from goodfences.clips.actions.finish import drop_parts, open_parts
from goodfences.clips.models import Clip, Upload
from goodfences.vault import keys
from goodfences.vault.errors import VaultError
from goodfences.vault.keeping import delete_all, keep
from goodfences.vault.models import SealedKey
from goodfences.vault.sealing import Sealed
from goodfences.work.taking import take_one, worn_off

logger = logging.getLogger(__name__)

FOLDER = "clips"
MEMORY_MB = 512
CPU_SECONDS = 60
"""And as much again for every ten minutes of video: decoding an hour of it is honest work."""

MAX_FAILURES = 5
_MEGABYTE = 1024 * 1024


def check_next() -> bool:
    """Check the clip that waits longest; False where none waits.

    Several workers may do this side by side. One that is killed leaves the clip to the next, once its claim,
    which is a little longer than a check may take, has run out.
    """
    clip = _claim()
    if clip is None:
        return False
    try:
        facts, (video, poster, stills) = _examined(clip)
    except sandbox.Unfit as error:
        _refuse(clip, str(error))
    except (sandbox.Interrupted, VaultError) as error:
        _put_off(clip, error)
    else:
        _keep(clip, facts, [video, poster, stills])
    return True


def _claim() -> Clip | None:
    now = source.now()
    waiting = Clip.objects.filter(state=Clip.State.STORED, checked_at__isnull=True)
    due = waiting.filter(worn_off("check_after", now, _longest_wait()))
    return take_one(
        due.select_related("camera", "key").order_by("stored_at", "pk"),
        lambda clip: {"check_after": now + timedelta(seconds=_wall_seconds(clip) + 10)},
    )


def _examined(clip: Clip) -> tuple[dict[str, Any], list[bytes]]:
    upload = Upload.objects.select_related("clip__key").get(clip=clip)
    return sandbox.run(
        "examine",
        {"announced_ms": _announced_ms(clip), "max_ms": settings.CLIP_MAX_SECONDS * 1000},
        sandbox.Payload(upload.received, open_parts(upload)),
        memory_mb=MEMORY_MB + 4 * (upload.received // _MEGABYTE),
        cpu_s=_cpu_seconds(clip),
        wall_s=_wall_seconds(clip),
        max_output=2 * upload.received + 16 * _MEGABYTE,
    )


def _announced_ms(clip: Clip) -> int:
    return round((clip.ends_at - clip.starts_at).total_seconds() * 1000)


def _cpu_seconds(clip: Clip) -> int:
    return CPU_SECONDS + _announced_ms(clip) // 10_000


def _wall_seconds(clip: Clip) -> int:
    return 2 * _cpu_seconds(clip)


def _keep(clip: Clip, facts: dict[str, Any], files: list[bytes]) -> None:
    """Seal clean copy, poster and stills under a new key, then let them take the place of what was uploaded."""
    key = keys.draft_key("clip")
    names = [f"{FOLDER}/{clip.expires_on}/{source.new_ref('blob')}.age" for _ in files]
    try:
        sealed = [keep(name, content, key) for name, content in zip(names, files, strict=True)]
        kept = _replace(clip, key, facts, names, sealed[0])
    except BaseException:
        delete_all(names)
        raise
    if not kept:  # deleted or expired while it was checked
        delete_all(names)


@transaction.atomic
def _replace(clip: Clip, key: SealedKey, facts: dict[str, Any], names: list[str], sealed: Sealed) -> bool:
    key.save()
    kept = Clip.objects.filter(pk=clip.pk, state=Clip.State.STORED, checked_at__isnull=True).update(
        checked_at=source.now(),
        blob=names[0],
        poster_blob=names[1],
        stills_blob=names[2],
        key=key,
        size=sealed.size,
        sha256=sealed.sha256,
        facts=facts,
        ends_at=clip.starts_at + timedelta(milliseconds=facts["duration_ms"]),
    )
    if not kept:
        transaction.set_rollback(True)
        return False
    room.give_back(clip.camera.household_id, clip.announced_size - sealed.size)
    drop_parts(clip)
    hooks.tell_checked(clip)
    return True


@transaction.atomic
def _refuse(clip: Clip, reason: str) -> None:
    """Keep nothing but the reason, for the owner."""
    refused = Clip.objects.filter(pk=clip.pk, state=Clip.State.STORED, checked_at__isnull=True).update(
        state=Clip.State.DELETED, refusal=reason
    )
    if refused:
        room.give_back(clip.camera.household_id, clip.announced_size)
        drop_parts(clip)


def _longest_wait() -> timedelta:
    """No clip is claimed, or put off, for longer."""
    longest_check = timedelta(seconds=2 * (CPU_SECONDS + settings.CLIP_MAX_SECONDS // 10) + 10)
    return max(longest_check, timedelta(minutes=2**MAX_FAILURES))


def _put_off(clip: Clip, error: Exception) -> None:
    """Try again later what may not be the video's fault; give up after MAX_FAILURES."""
    logger.warning("clip %s: check put off: %s", clip.ref, type(error).__name__)
    if clip.check_failures + 1 >= MAX_FAILURES:
        _refuse(clip, f"{error} It was tried {MAX_FAILURES} times.")
        return
    later = source.now() + timedelta(minutes=2**clip.check_failures)
    Clip.objects.filter(pk=clip.pk).update(check_failures=F("check_failures") + 1, check_after=later)
