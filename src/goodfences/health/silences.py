"""When a hub or a camera falls silent its owner gets one mail, and a note when it is back.

Each act is one household in one transaction: silences are made or ended together with their mail, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import NotFound, refuse
from goodfences.health import hooks, letters, queries
from goodfences.health.models import CameraHealth, HubHealth, OfflineMail, Silence
from goodfences.people import access as people
from goodfences.people.models import Account, Household

STEADY = timedelta(minutes=2)
"""What is back stays for so long before a note says that it is."""
MAILS_A_DAY = 4
"""To a household: what comes and goes all day is seen in its pages."""


@dataclass(frozen=True)
class Choice:
    """What a household chose."""

    is_on: bool
    grace_minutes: int


def choice_of(household: Household) -> Choice:
    found = OfflineMail.objects.filter(household=household).first() or OfflineMail()
    return Choice(found.is_on, found.grace_minutes)


@transaction.atomic
def choose(*, account: Account, is_on: bool, grace_minutes: int) -> None:
    """Whether the owner of the account's household gets such mail, and after how long."""
    household = people.held_home(account)
    if grace_minutes not in OfflineMail.Grace.values:
        limit = ", ".join(str(value) for value in OfflineMail.Grace.values)
        raise refuse("offline_mail.grace", "grace_minutes", _("Choose one of these times."), limit=limit)
    OfflineMail.objects.update_or_create(
        household=household, defaults={"is_on": is_on, "grace_minutes": grace_minutes}
    )


@transaction.atomic
def switch(*, household_ref: str, is_on: bool) -> None:
    """What the link of a mail does. Raises NotFound where the household is gone."""
    household = household_of_link(household_ref)
    OfflineMail.objects.update_or_create(household=household, defaults={"is_on": is_on})


def household_of_link(household_ref: str) -> Household:
    """The household that a mail's link names."""
    found = Household.objects.filter(ref=household_ref).first()
    if found is None:
        raise NotFound
    return found


def begin_due(limit: int) -> int:
    """Tell the owners of at most `limit` households of what fell silent; returns how many households there were."""
    homes = sorted({household for silent in _fallen_silent() for household in silent})[:limit]
    for household_id in homes:
        _begin(household_id)
    return len(homes)


def end_due(limit: int) -> int:
    """End at most `limit` households' silences that are over, and say so; returns how many rows changed."""
    homes = list(_to_look_at().order_by("household_id").values_list("household_id", flat=True).distinct())
    changed = 0
    for household_id in homes:
        changed += _end(household_id)
        if changed >= limit:
            break
    return changed


def _hubs(now: datetime, grace: timedelta, chosen: Q) -> QuerySet[HubHealth]:
    """Hubs that weren't heard for longer than their household's grace, and of which there is no silence yet."""
    open_ = Silence.objects.filter(device=OuterRef("device"), camera__isnull=True, over_at__isnull=True)
    return HubHealth.objects.filter(
        ~Exists(open_), chosen, device__revoked_at__isnull=True, heard_at__lt=now - grace
    ).select_related("device")


def _cameras(now: datetime, grace: timedelta, chosen: Q) -> QuerySet[CameraHealth]:
    """Cameras that gave a hub which is heard no picture for longer than that; never one that hasn't given any yet."""
    open_ = Silence.objects.filter(device=OuterRef("hub__device"), camera=OuterRef("camera"), over_at__isnull=True)
    return CameraHealth.objects.filter(
        ~Exists(open_),
        chosen,
        is_steady=True,
        last_frame_at__lt=now - grace,
        hub__heard_at__gte=now - queries.silent_after(),
        hub__device__revoked_at__isnull=True,
        camera__removed_at__isnull=True,
    ).select_related("camera", "hub__device")


def _fallen_silent(household_id: int | None = None) -> Iterator[dict[int, list[Any]]]:
    """By household, what fell silent; one dict for each grace and kind. Off is off."""
    now = source.now()
    for minutes in OfflineMail.Grace.values:
        grace = timedelta(minutes=minutes)
        for find, way in ((_hubs, "device__household"), (_cameras, "camera__household")):
            chosen = Q(**{f"{way}__offline_mail__is_on": True, f"{way}__offline_mail__grace_minutes": minutes})
            if minutes == OfflineMail().grace_minutes:
                chosen |= Q(**{f"{way}__offline_mail__isnull": True})
            if household_id is not None:
                chosen &= Q(**{f"{way}_id": household_id})
            found: dict[int, list[Any]] = {}
            for one in find(now, grace, chosen):
                device = one.device if isinstance(one, HubHealth) else one.hub.device
                found.setdefault(device.household_id, []).append(one)
            yield found


@transaction.atomic
def _begin(household_id: int) -> None:
    """Everything of one household that is silent now: a silence each, and one mail about all of them."""
    if Household.objects.select_for_update(no_key=True).filter(pk=household_id).first() is None:
        return
    now = source.now()
    begun = []
    for silent in _fallen_silent(household_id):
        for one in silent.get(household_id, []):
            is_hub = isinstance(one, HubHealth)
            begun.append(
                Silence.objects.create(
                    household_id=household_id,
                    device=one.device if is_hub else one.hub.device,
                    camera=None if is_hub else one.camera,
                    since=one.heard_at if is_hub else one.last_frame_at,
                )
            )
    if begun and _may_write(household_id, now) and letters.tell(household_id, begun):
        Silence.objects.filter(pk__in=[one.pk for one in begun]).update(told_at=now)
        hooks.tell_silent(household_id, begun[0].household.ref)


def _may_write(household_id: int, now: datetime) -> bool:
    told = Silence.objects.filter(household_id=household_id, told_at__gt=now - timedelta(days=1))
    return told.values("told_at").distinct().count() < MAILS_A_DAY


def _to_look_at() -> QuerySet[Silence]:
    """Open silences of what was heard or seen since, of what was, and of what nobody tells any more."""
    told = CameraHealth.objects.filter(camera=OuterRef("camera"), hub__device=OuterRef("device"))
    is_gone = Q(device__revoked_at__isnull=False) | Q(camera__removed_at__isnull=False)
    is_gone |= Q(~Exists(told), camera__isnull=False)
    is_heard = Q(camera__isnull=True, device__health__heard_at__gt=F("since"))
    is_seen = Q(Exists(told.filter(last_frame_at__gt=OuterRef("since"))), camera__isnull=False)
    return Silence.objects.filter(is_gone | is_heard | is_seen | Q(seen_again_at__isnull=False), over_at__isnull=True)


@transaction.atomic
def _end(household_id: int) -> int:
    if Household.objects.select_for_update(no_key=True).filter(pk=household_id).first() is None:
        return 0
    now, changed, back = source.now(), 0, []
    for silence in _to_look_at().filter(household_id=household_id).select_related("device", "camera").order_by("pk"):
        before = (silence.seen_again_at, silence.over_at)
        state, sign_at = _state(silence)
        if state == "gone":
            silence.over_at = now
        elif sign_at is None:
            silence.seen_again_at = None
        elif silence.seen_again_at is None:
            silence.seen_again_at = sign_at
        elif sign_at - silence.seen_again_at >= STEADY:
            silence.over_at = now
            back.append(silence)
        if (silence.seen_again_at, silence.over_at) != before:
            silence.save(update_fields=["seen_again_at", "over_at"])
            changed += 1
    told = [silence for silence in back if silence.told_at]
    if told and choice_of(told[0].household).is_on:
        letters.tell_back(household_id, told)
    return changed


def _state(silence: Silence) -> tuple[str, datetime | None]:
    """`gone` if nobody tells of it any more; else the last sign of it, None while it is away."""
    hub = HubHealth.objects.filter(device=silence.device).first()
    if hub is None or silence.device.revoked_at is not None:
        return "gone", None
    if silence.camera is None:
        return "there", None if queries.is_silent(hub) else hub.heard_at
    health = hub.cameras.select_related("hub").filter(camera=silence.camera).first()
    if health is None or silence.camera.removed_at is not None:
        return "gone", None
    seen_since = health.last_frame_at is not None and health.last_frame_at > silence.since
    is_back = seen_since and queries.has_pictures(health) and not queries.is_silent(hub)
    return "there", health.last_frame_at if is_back else None
