"""A device says that a clip exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.formats import date_format

from goodfences import source
from goodfences.cameras import access as cameras
from goodfences.cameras.models import Camera, Device
from goodfences.clips import room
from goodfences.clips.models import Clip
from goodfences.clips.words import LABEL_LENGTH, words_of
from goodfences.errors import Problem, Refused
from goodfences.visible import one_line, text_problems

CLOCK_SLACK = timedelta(minutes=2)
"""How far a device's clock may run ahead of ours."""
LARGEST_DRIFT_MS = 86_400_000
"""A camera's own time that is off by more isn't one."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class _Announced:
    starts_at: datetime
    duration_ms: int
    kind: str
    size: int
    sha256: str
    label: str
    sent_at: datetime | None
    camera_drift_ms: int | None


def announce(
    *,
    device: Device,
    camera_ref: str,
    starts_at: datetime,
    duration_ms: int,
    kind: str,
    size: int,
    sha256: str,
    label: str = "",
    sent_at: datetime | None = None,
    camera_drift_ms: int | None = None,
) -> tuple[Clip, bool]:
    """The clip that `device` announced, and whether it is new.

    `starts_at` has a time zone; `size` is in bytes, `sha256` in hexadecimal, both of the file that will be
    uploaded; `label` is a word for what the device saw, such as `car`, which people may change; `sent_at` is
    when the device says it, by the clock that also gave `starts_at`; `camera_drift_ms` is by how much that clock was
    ahead of the camera's own time when the clip ended. The same file of the same camera is the same clip, whatever
    became of it. Raises NotFound for a camera that isn't of the device's
    household or was removed, and Refused with every problem.
    """
    told = (starts_at, duration_ms, kind, size, sha256, label, sent_at, camera_drift_ms)
    draft = known_or_draft(device, camera_ref, *told)
    if draft.pk is not None:
        return draft, False
    try:
        with transaction.atomic():
            keep(draft)
    except IntegrityError:  # announced twice at once, and the other was first
        return known_or_draft(device, camera_ref, *told), False
    return draft, True


def known_or_draft(
    device: Device,
    camera_ref: str,
    starts_at: datetime,
    duration_ms: int,
    kind: str,
    size: int,
    sha256: str,
    label: str = "",
    sent_at: datetime | None = None,
    camera_drift_ms: int | None = None,
) -> Clip:
    """As `announce`, but a new clip is only drafted, for an act that keeps it together with its first bytes.

    A household without room for it is told so before anything is sent. Raises what `announce` raises.
    """
    camera = cameras.device_camera(device, camera_ref)
    word = one_line(label)
    announced = _Announced(starts_at, duration_ms, kind, size, sha256.lower(), word, sent_at, camera_drift_ms)
    if (clip := _known(camera, announced)) is not None:
        return clip
    problems = list(_problems(announced))
    if room.taken(camera.household_id) + announced.size > settings.QUOTA_BYTES:
        problems.append(_no_room(camera, announced.size))
    if problems:
        raise Refused(*problems)
    return _draft(camera, announced)


def keep(draft: Clip) -> None:
    """Keep a drafted clip and count its bytes, in the caller's transaction.

    Raises Refused where its household has no room any more, and IntegrityError where its file was announced since.
    """
    if not room.take(draft.camera.household_id, draft.announced_size, at_most=settings.QUOTA_BYTES):
        raise Refused(_no_room(draft.camera, draft.announced_size))
    draft.save()


def _known(camera: Camera, announced: _Announced) -> Clip | None:
    if not _SHA256.fullmatch(announced.sha256):
        return None  # not even looked for: PostgreSQL refuses a text with a NUL in it
    clip = Clip.objects.filter(camera=camera, announced_sha256=announced.sha256).first()
    if clip is not None:
        clip.camera = camera
    return clip


def _draft(camera: Camera, announced: _Announced) -> Clip:
    return Clip(
        camera=camera,
        kind=announced.kind,
        starts_at=announced.starts_at,
        ends_at=announced.starts_at + timedelta(milliseconds=announced.duration_ms),
        announced_size=announced.size,
        announced_sha256=announced.sha256,
        expires_on=_expires_on(announced.starts_at),
        label=announced.label,
        words=words_of(announced.label),
        clock_off_ms=_clock_off_ms(announced.sent_at),
        camera_drift_ms=announced.camera_drift_ms,
    )


def _clock_off_ms(sent_at: datetime | None) -> int | None:
    """How far the device's clock is behind ours; ahead where it is negative. None where it didn't say."""
    if sent_at is None or sent_at.tzinfo is None:
        return None
    return round((source.now() - sent_at) / timedelta(milliseconds=1))


def _expires_on(starts_at: datetime) -> date:
    """The last day, in UTC, on which a clip is kept: it counts from when it was recorded."""
    return (starts_at.astimezone(source.now().tzinfo) + timedelta(days=settings.CLIP_KEPT_DAYS)).date()


def _problems(announced: _Announced) -> Iterator[Problem]:
    yield from _time_problems(announced.starts_at)
    if not 0 < announced.duration_ms <= settings.CLIP_MAX_SECONDS * 1000:
        longest = f"{settings.CLIP_MAX_SECONDS} s"
        value = f"{announced.duration_ms / 1000:g} s"
        message = f"A clip lasts more than 0 and at most {longest}. This one is announced as {value} long."
        yield Problem("clip.duration", "duration_ms", message, limit=longest, value=value)
    if announced.kind not in Clip.Kind.values:
        choices = ", ".join(Clip.Kind.values)
        yield Problem(
            "clip.kind", "kind", f"The kind of a clip is one of {choices}.", limit=choices, value=announced.kind[:20]
        )
    if not 0 < announced.size <= settings.CLIP_MAX_BYTES:
        limit, value = _bytes(settings.CLIP_MAX_BYTES), _bytes(announced.size)
        message = f"A clip has more than 0 and at most {limit}. This one is announced with {value}."
        yield Problem("clip.size", "size", message, limit=limit, value=value)
    if not _SHA256.fullmatch(announced.sha256):
        yield Problem("clip.sha256.form", "sha256", "A SHA-256 is written as 64 hexadecimal digits.")
    yield from text_problems(announced.label, "label", LABEL_LENGTH)
    if announced.camera_drift_ms is not None and abs(announced.camera_drift_ms) > LARGEST_DRIFT_MS:
        limit, value = f"{LARGEST_DRIFT_MS:,} ms", f"{announced.camera_drift_ms:,} ms"
        message = f"A camera's own time drifts by at most a day. This one is announced as {value} off; leave it out."
        yield Problem("clip.drift", "camera_drift_ms", message, limit=limit, value=value)


def _time_problems(starts_at: datetime) -> Iterator[Problem]:
    if starts_at.tzinfo is None:
        message = "Write starts_at with its time zone, as in 2026-11-24T12:00:00Z."
        yield Problem("clip.starts_at.zone", "starts_at", message)
        return
    now = source.now()
    value = starts_at.isoformat()
    if starts_at > now + CLOCK_SLACK:
        message = f"This clip starts in the future ({value}). Set the clock of the device; it is {now.isoformat()}."
        yield Problem("clip.starts_at.future", "starts_at", message, limit=now.isoformat(), value=value)
    # The first condition keeps what is out of any calendar away from the second.
    elif now - starts_at > timedelta(days=settings.CLIP_KEPT_DAYS + 1) or _expires_on(starts_at) < now.date():
        limit = f"{settings.CLIP_KEPT_DAYS} days"
        message = f"Clips are kept for {limit}. This one is of {date_format(starts_at, 'DATE_FORMAT')}."
        yield Problem("clip.starts_at.old", "starts_at", message, limit=limit, value=value)


def _no_room(camera: Camera, size: int) -> Problem:
    limit, value = _bytes(settings.QUOTA_BYTES), _bytes(room.taken(camera.household_id))
    message = (
        f"This household may keep {limit} and has {value}; this clip has {_bytes(size)} more. "
        "Delete clips, or wait until old ones expire."
    )
    return Problem("quota", "size", message, limit=limit, value=value)


def _bytes(count: int) -> str:
    """A figure that a person can read and a program too: `536,870,912 bytes`."""
    return f"{count:,} bytes"
