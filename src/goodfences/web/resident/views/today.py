"""A day of the household's clips, by camera."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from goodfences import source
from goodfences.cameras import queries as cameras
from goodfences.cameras import rights
from goodfences.cameras.models import Camera
from goodfences.clips import timeline, trash
from goodfences.clips.models import Clip
from goodfences.health import queries as health
from goodfences.health.queries import Missing
from goodfences.people import access as people
from goodfences.people.models import Account, Household
from goodfences.web import media
from goodfences.web.resident.days import read_day
from goodfences.web.resident.guard import settled
from goodfences.web.resident.missing import hatched, sentences
from goodfences.web.resident.pages import show


@dataclass(frozen=True)
class Shown:
    """A clip as its line on the page shows it."""

    clip: Clip
    poster_url: str

    @property
    def length_ms(self) -> int:
        return (self.clip.ends_at - self.clip.starts_at) // timedelta(milliseconds=1)


@dataclass
class CameraDay:
    """What one camera recorded on one day."""

    camera: Camera
    shown: list[Shown] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)

    @property
    def watchable(self) -> list[Clip]:
        return [one.clip for one in self.shown if one.clip.checked_at and not one.clip.refusal]

    @property
    def spans(self) -> list[Any]:
        """Of the time line."""
        return [*self.watchable, *hatched(self.missing)]

    @property
    def sentences(self) -> list[str]:
        """What is missing, in words."""
        return sentences(self.missing)

    @property
    def strip_label(self) -> str:
        words = _("Clips of %(name)s over the day")
        if self.missing:
            words = _("Clips of %(name)s over the day, hatched where nothing was recorded")
        return words % {"name": self.camera.name}


@require_GET
@settled
def today(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """`?day=2026-11-24`, in the reader's zone; today without it."""
    day = read_day(request.GET.get("day", ""))
    may = rights.watched(account, household)
    in_use = [camera for camera in may if camera.removed_at is None]
    watched = [camera.pk for camera in may]
    clips = timeline.between(watched, day.starts_at, day.ends_at)
    days = by_camera(in_use, [Shown(clip, media.poster_url(clip, account)) for clip in clips])
    missing = health.missing_between(household, day.starts_at, day.ends_at)
    for one in days:
        one.missing = missing.get(one.camera.pk, [])
    context = {
        "day": day,
        "today": timezone.localdate(source.now()),
        "cameras": in_use,
        "devices": cameras.devices_of(household),
        "days": [one for one in days if one.shown or one.sentences],
        "quiet": [one.camera for one in days if not one.shown and not one.sentences],
        "latest": timeline.latest_start(watched) if in_use and day.is_today else None,
        "deleted": trash.waiting([camera.pk for camera, it in may.items() if it.delete]),
        "owner": people.is_owner(account, household),
    }
    return show(request, account, "today.html", context)


def by_camera(in_use: Iterable[Camera], shown: Iterable[Shown]) -> list[CameraDay]:
    """One entry a camera in use, in their order, then one for each removed camera that recorded something."""
    days = {camera.pk: CameraDay(camera) for camera in in_use}
    for one in shown:
        days.setdefault(one.clip.camera_id, CameraDay(one.clip.camera)).shown.append(one)
    return list(days.values())


urls = [path("home/", today, name="today")]
