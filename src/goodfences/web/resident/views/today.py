"""A day of the household's clips, and finding one of any day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from goodfences import source
from goodfences.cameras import queries as cameras
from goodfences.cameras import rights
from goodfences.cameras.models import Camera
from goodfences.cameras.rights import Rights
from goodfences.clips import room, timeline, trash
from goodfences.clips.models import Clip
from goodfences.clips.timeline import Wanted
from goodfences.health import queries as health
from goodfences.people import access as people
from goodfences.people.models import Account, Household
from goodfences.web import media
from goodfences.web.resident import strips
from goodfences.web.resident.days import Day, read_day
from goodfences.web.resident.finding import KIND_WORDS, FindForm
from goodfences.web.resident.guard import settled
from goodfences.web.resident.pages import show
from goodfences.web.resident.strips import Strip
from goodfences.web.resident.views.moment import read_moment

SHOWN = 24
"""Clips on one page; the earlier ones are a link further."""
UNDOS_SHOWN = 3
"""Clips that can be taken back; the earlier ones unfold."""


@dataclass(frozen=True)
class Shown:
    """A clip as its line on the page shows it."""

    clip: Clip
    poster_url: str

    @property
    def kind(self) -> str:
        return str(KIND_WORDS[self.clip.kind])

    @property
    def length_ms(self) -> int:
        return strips.length_ms(self.clip.starts_at, self.clip.ends_at)


@require_GET
@settled
def today(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """`?day=2026-11-24`, in the reader's zone; today without it. With words to find, or `only`: of any day.

    `camera`, `kind` and `label` leave out the others; `before` is the moment from which the list goes on.
    """
    day = read_day(request.GET.get("day", ""))
    may = rights.watched(account, household)
    labels = timeline.labels([camera.pk for camera in may])
    form = FindForm(request.GET, cameras=may, labels=labels)
    wanted = form.wanted()
    deleted = trash.waiting([camera.pk for camera, it in may.items() if it.delete])
    context = {
        "day": day,
        "today": timezone.localdate(source.now()),
        "form": form,
        "cameras": [camera for camera in may if camera.removed_at is None],
        "deleted": deleted[:UNDOS_SHOWN],
        "deleted_before": deleted[UNDOS_SHOWN:],
        "deleted_before_count": len(deleted) - UNDOS_SHOWN,
        # What most pages don't say isn't asked for.
        "owner": partial(people.is_owner, account, household),
        "devices": partial(cameras.devices_of, household),
    }
    before = read_moment(request.GET.get("before", ""))
    if form.is_for_any_day:
        found = _found(wanted, before)
        context |= {
            "taken": room.taken(household.pk) if wanted.only == "saved" else None,
            "room": settings.QUOTA_BYTES,
        }
        template = "found.html"
    else:
        found, more = _of_the_day(household, may, wanted, day, before)
        context |= more
        template = "today.html"
    context["shown"] = [Shown(clip, media.poster_url(clip, account)) for clip in found[:SHOWN]]
    context["older"] = _older(request, found) if len(found) > SHOWN else ""
    return show(request, account, template, context)


def _found(wanted: Wanted, before: datetime | None) -> list[Clip]:
    return timeline.newest(wanted, SHOWN + 1, before)


def _of_the_day(
    household: Household, may: dict[Camera, Rights], wanted: Wanted, day: Day, before: datetime | None
) -> tuple[list[Clip], dict[str, object]]:
    """One clip more than is shown, where there are more; and what else the page says of the day."""
    found = timeline.of_day(wanted, day.starts_at, day.ends_at, SHOWN + 1, before)
    lanes = _strips(household, may, wanted, day)
    quiet = [lane for lane in lanes if lane.is_empty]
    return found, {
        "lanes": lanes,
        "quiet": quiet if len(quiet) < len(lanes) else [],
        "nothing": len(quiet) == len(lanes),
        "latest": None if found else timeline.latest_start(wanted.cameras),
        "ticks": strips.ticks(day),
        "zone": timezone.get_current_timezone_name(),
    }


def _strips(household: Household, may: dict[Camera, Rights], wanted: Wanted, day: Day) -> list[Strip]:
    chosen = [camera for camera in may if camera.pk in wanted.cameras]
    lanes = strips.strips(chosen, day.starts_at, day.ends_at)
    for camera_id, slots in timeline.slots(wanted, day.starts_at, day.ends_at, strips.SLOTS).items():
        lanes[camera_id].slots = slots
    for camera_id, missing in health.missing_between(household, day.starts_at, day.ends_at).items():
        if camera_id in lanes:
            lanes[camera_id].missing = missing
    for held in cameras.held_in(list(lanes), day.starts_at, day.ends_at):
        lanes[held.camera_id].held.append((held.starts_at, held.ends_at))
    return [lane for lane in lanes.values() if lane.camera.removed_at is None or not lane.is_empty]


def _older(request: HttpRequest, found: list[Clip]) -> str:
    """The same page, from the last clip that is shown on."""
    kept = {name: value for name, value in request.GET.items() if value and name != "before"}
    return (
        f"{reverse('resident:today')}?{urlencode({**kept, 'before': found[SHOWN - 1].starts_at.isoformat()})}#clips"
    )


urls = [path("home/", today, name="today")]
