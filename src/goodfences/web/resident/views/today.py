"""A day of the household's clips, by camera."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from goodfences import source
from goodfences.cameras import queries as cameras
from goodfences.cameras.models import Camera
from goodfences.clips import timeline
from goodfences.clips.models import Clip
from goodfences.people import access as people
from goodfences.people.models import Account, Household
from goodfences.web.resident.days import read_day
from goodfences.web.resident.guard import settled
from goodfences.web.resident.pages import show


@dataclass
class CameraDay:
    """What one camera recorded on one day."""

    camera: Camera
    clips: list[Clip] = field(default_factory=list)

    @property
    def watchable(self) -> list[Clip]:
        return [clip for clip in self.clips if clip.checked_at and not clip.refusal]

    @property
    def strip_label(self) -> str:
        return _("Clips of %(name)s over the day") % {"name": self.camera.name}


@require_GET
@settled
def today(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """`?day=2026-11-24`, in the reader's zone; today without it."""
    day = read_day(request.GET.get("day", ""))
    in_use = cameras.cameras_of(household)
    days = by_camera(in_use, timeline.between(household, day.starts_at, day.ends_at))
    context = {
        "day": day,
        "today": timezone.localdate(source.now()),
        "cameras": in_use,
        "devices": cameras.devices_of(household),
        "days": [one for one in days if one.clips],
        "quiet": [one.camera for one in days if not one.clips],
        "latest": timeline.latest_start(household) if in_use and day.is_today else None,
        "owner": people.is_owner(account, household),
    }
    return show(request, account, "today.html", context)


def by_camera(in_use: Iterable[Camera], clips: Iterable[Clip]) -> list[CameraDay]:
    """One entry a camera in use, in their order, then one for each removed camera that recorded something."""
    days = {camera.pk: CameraDay(camera) for camera in in_use}
    for clip in clips:
        days.setdefault(clip.camera_id, CameraDay(clip.camera)).clips.append(clip)
    return list(days.values())


urls = [path("home/", today, name="today")]
