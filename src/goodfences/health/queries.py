"""Reads that pages need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from goodfences import source
from goodfences.cameras.actions import joined
from goodfences.cameras.models import Camera, Held
from goodfences.health.models import CameraHealth, Gap, HubHealth, OfflineMail, Silence
from goodfences.health.versions import is_outdated
from goodfences.people.models import Account, Household

LOST_AFTER = timedelta(minutes=2)
"""A steady camera that gave its hub no picture for so long is away."""
WEEK = 7


@dataclass(frozen=True)
class Missing:
    """Nothing is known to have been recorded from `starts_at` to `ends_at`; `why` is one of Gap.Why, or `unheard`."""

    starts_at: datetime
    ends_at: datetime
    why: str
    goes_on: bool = False
    """Up to the present, which `ends_at` is."""


@dataclass
class CameraState:
    """One camera of a household, as its hub told last. `health` is None where no hub told of it."""

    camera: Camera
    health: CameraHealth | None = None
    held: list[Held] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    """Of the last 24 hours."""

    @property
    def hub_is_silent(self) -> bool:
        return self.health is not None and is_silent(self.health.hub)

    @property
    def is_lost(self) -> bool:
        """The hub is heard, and gets no picture."""
        return self.health is not None and not self.hub_is_silent and not has_pictures(self.health)

    @property
    def gaps(self) -> int:
        return len(self._missing_spans)

    @property
    def missing_for(self) -> timedelta:
        return sum((ends_at - starts_at for starts_at, ends_at in self._missing_spans), timedelta())

    @property
    def _missing_spans(self) -> list[tuple[datetime, datetime]]:
        return joined((each.starts_at, each.ends_at) for each in self.missing)

    @property
    def is_held_whole(self) -> bool:
        return len(self.held) == 1

    @property
    def held_since(self) -> datetime | None:
        return self.held[0].starts_at if self.held else None

    @property
    def recorded(self) -> int:
        """Bytes of the last seven days."""
        return self._bytes(1)

    @property
    def uploaded(self) -> int:
        return self._bytes(2)

    def _bytes(self, place: int) -> int:
        first = (source.now() - timedelta(days=WEEK - 1)).date().isoformat()
        return sum(day[place] for day in self.health.days if day[0] >= first) if self.health else 0


def is_silent(hub: HubHealth) -> bool:
    """Whether the hub missed three times at which it should have told."""
    return source.now() - hub.heard_at > silent_after()


def silent_after() -> timedelta:
    """How long a hub may say nothing."""
    return max(3 * timedelta(seconds=settings.HEALTH_SECONDS), LOST_AFTER)


def has_pictures(health: CameraHealth) -> bool:
    """Whether the camera gave pictures when its hub told last. Of what gives them now and then, always."""
    if not health.is_steady:
        return True
    return health.last_frame_at is not None and health.hub.heard_at - health.last_frame_at <= LOST_AFTER


def states_of(household: Household, in_use: Iterable[Camera]) -> list[CameraState]:
    """How these cameras of the household do, in their order."""
    now = source.now()
    states = {camera.pk: CameraState(camera) for camera in in_use}
    told = _told().filter(camera__in=states).select_related("hub__device").order_by("hub__heard_at")
    for health in told:  # where two hubs tell of one camera, the newest word counts
        states[health.camera_id].health = health
    for span in Held.objects.filter(camera__in=states).order_by("starts_at"):
        states[span.camera_id].held.append(span)
    for camera_id, missing in missing_between(household, now - timedelta(days=1), now).items():
        if camera_id in states:
            states[camera_id].missing = missing
    return list(states.values())


def hubs_of(household: Household) -> dict[int, HubHealth]:
    """What the household's hubs told of themselves, by their devices."""
    return {hub.device_id: hub for hub in HubHealth.objects.filter(device__household=household)}


@dataclass(frozen=True)
class Counts:
    """Of the whole instance."""

    hubs: int
    silent: int
    lost: int


def counts() -> Counts:
    """Connected hubs that told of themselves, how many of them are silent, and cameras whose owner is told of it."""
    hubs = HubHealth.objects.filter(device__revoked_at__isnull=True)
    return Counts(
        hubs=hubs.count(),
        silent=hubs.filter(heard_at__lt=source.now() - silent_after()).count(),
        lost=Silence.objects.filter(camera__isnull=False, over_at__isnull=True).count(),
    )


def missing_between(household: Household, starts_at: datetime, ends_at: datetime) -> dict[int, list[Missing]]:
    """By camera: what is missing of a time, oldest first, cut at its ends and at the present."""
    until = min(ends_at, source.now())
    found: dict[int, list[Missing]] = defaultdict(list)
    not_over = Q(ends_at__isnull=True) | Q(ends_at__gt=starts_at)
    for gap in Gap.objects.filter(not_over, camera__household=household, starts_at__lt=until).order_by("starts_at"):
        span = max(gap.starts_at, starts_at), min(gap.ends_at or until, until)
        found[gap.camera_id].append(Missing(*span, gap.why, goes_on=gap.ends_at is None and until < ends_at))
    for health in _told().filter(camera__household=household).select_related("hub"):
        if is_silent(health.hub) and (since := max(health.hub.heard_at, starts_at)) < until:
            found[health.camera_id].append(Missing(since, until, "unheard", goes_on=until < ends_at))
    return found


def _told() -> QuerySet[CameraHealth]:
    """What hubs told that are still connected."""
    return CameraHealth.objects.filter(hub__device__revoked_at__isnull=True)


def outdated(hub: HubHealth) -> bool:
    """Whether the network has a newer version than the hub."""
    return is_outdated(hub.version)


def export(account: Account, household: Household | None) -> dict[str, Any]:
    """What the household's hubs told of themselves and of its cameras."""
    if household is None:
        return {"hubs": [], "gaps": [], "silences": [], "offline_mail": []}
    hubs = HubHealth.objects.filter(device__household=household).select_related("device").order_by("pk")
    gaps = Gap.objects.filter(camera__household=household).select_related("camera", "device").order_by("starts_at")
    silences = Silence.objects.filter(household=household).select_related("camera", "device").order_by("pk")
    chosen = OfflineMail.objects.filter(household=household)
    return {
        "hubs": [_export_hub(hub) for hub in hubs],
        "offline_mail": [{"is_on": one.is_on, "grace_minutes": one.grace_minutes} for one in chosen],
        "silences": [
            {
                "device": silence.device.ref,
                "camera": silence.camera.ref if silence.camera else None,
                "since": silence.since,
                "told_at": silence.told_at,
                "seen_again_at": silence.seen_again_at,
                "over_at": silence.over_at,
            }
            for silence in silences
        ],
        "gaps": [
            {
                "camera": gap.camera.ref,
                "device": gap.device.ref,
                "starts_at": gap.starts_at,
                "ends_at": gap.ends_at,
                "why": gap.why,
            }
            for gap in gaps
        ],
    }


def _export_hub(hub: HubHealth) -> dict[str, Any]:
    return {
        "device": hub.device.ref,
        "version": hub.version,
        "heard_at": hub.heard_at,
        "clock_off_s": hub.clock_off_s,
        "cameras": [
            {
                "camera": each.camera.ref,
                "is_steady": each.is_steady,
                "last_frame_at": each.last_frame_at,
                "days": each.days,
                "clips_waiting": each.clips_waiting,
            }
            for each in hub.cameras.select_related("camera").order_by("pk")
        ],
    }
