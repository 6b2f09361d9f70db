"""Who is asked: the worker alone calls this. Nothing that the asker does reaches this module (P2).

Within so few meters there are few homes, so that one transaction writes asks and mail together. A worker that is
killed before its commit left nothing; after it the request is done and isn't taken up again.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Count

from goodfences import policy, source
from goodfences.cameras import queries as cameras
from goodfences.clips import queries as clips
from goodfences.mail import outbox
from goodfences.neighbor_requests import hooks, letters, rules
from goodfences.neighbor_requests.models import NeighborAsk, NeighborMatching, NeighborMute, NeighborRequest
from goodfences.people import access as accounts
from goodfences.people import queries as people
from goodfences.people.queries import OwnerContact

State = NeighborRequest.State


def waiting(limit: int) -> list[int]:
    """Ids of open requests that weren't fanned out yet, the oldest first."""
    finished = NeighborMatching.objects.filter(finished_at__isnull=False).values("request_id")
    found = NeighborRequest.objects.filter(state=State.OPEN).exclude(pk__in=finished).order_by("created_at")
    return list(found.values_list("pk", flat=True)[:limit])


def fan_out(request_id: int) -> int:
    """Ask every owner that an open request concerns. Returns how many asks were made; safe to run again.

    Nobody is asked where fewer other homes than the policy's floor have a camera in the area that may be asked about.
    """
    request = NeighborRequest.objects.get(pk=request_id)
    if not request.takes_answers(source.now()):
        return 0
    floor = policy.in_force().min_homes
    enough = cameras.homes_in(request.ranges, at_least=floor, but=request.household_id)
    contacts = _contacts(request) if enough else {}
    NeighborMatching.objects.bulk_create([NeighborMatching(request=request)], ignore_conflicts=True)
    return _ask(request, contacts, below_floor=not enough)


def _contacts(request: NeighborRequest) -> dict[int, OwnerContact]:
    """The owners of those other homes that have video of the window here, by household.

    What a hub holds at home doesn't count: a hub answers to the public record alone, and a neighbor's request isn't
    in it.
    """
    matches = cameras.matching_cameras(request.ranges)
    ids = [match.camera_id for match in matches if match.household_id != request.household_id]
    with_video = clips.cameras_with_clips(ids, request.starts_at, request.ends_at)
    homes = {match.household_id for match in matches if match.camera_id in with_video}
    return people.owners_of(homes) if homes else {}


@transaction.atomic
def _ask(request: NeighborRequest, contacts: dict[int, OwnerContact], *, below_floor: bool) -> int:
    progress = NeighborMatching.objects.select_for_update().get(request=request)
    # The request's own row isn't locked: nothing that its asker does waits for this.
    if progress.finished_at is not None or not NeighborRequest.objects.filter(pk=request.pk, state="open").exists():
        return 0
    now = source.now()
    to_ask = _who_may_be_asked(request, contacts)
    asks = [
        NeighborAsk(
            request=request,
            owner_id=contact.account_id,
            household_id=household,
            created_at=now,
            digest_due_at=_digest_due_at(request, contact, now),
        )
        for household, contact in sorted(to_ask.items())
    ]
    # Whoever has an ask already keeps that one, and gets no second email.
    NeighborAsk.objects.bulk_create(asks, ignore_conflicts=True)
    by_owner = {contact.account_id: contact for contact in to_ask.values()}
    kept = list(NeighborAsk.objects.filter(request=request, owner_id__in=by_owner).select_related("request"))
    of_their_own = [ask for ask in kept if ask.digest_due_at is None and not ask.digest]
    outbox.queue_many(letters.message(ask, by_owner[ask.owner_id]) for ask in of_their_own)
    hooks.tell_asked(kept)
    progress.below_floor, progress.finished_at = below_floor, now
    progress.save(update_fields=["below_floor", "finished_at"])
    return len(asks)


def _digest_due_at(request: NeighborRequest, contact: OwnerContact, now: datetime) -> datetime | None:
    """When the owner's one email of the day may tell of it; None for an owner who wants one email each."""
    if contact.hours.digest_at is None:
        return None
    return contact.hours.digest_from(now, request.expires_at)


def _who_may_be_asked(request: NeighborRequest, contacts: dict[int, OwnerContact]) -> dict[int, OwnerContact]:
    """Without the asker, those who don't want it, and those who were asked by neighbors often enough."""
    owners = [contact.account_id for contact in contacts.values()]
    active = accounts.hold_all(owners)
    muted = NeighborMute.objects.filter(owner_id__in=owners).values_list("owner_id", flat=True)
    left_out = {*muted, *_asked_enough(owners), request.asker_id}
    return {
        household: contact
        for household, contact in contacts.items()
        if contact.account_id in active and contact.account_id not in left_out
    }


def _asked_enough(owners: list[int]) -> set[int]:
    limits = rules.in_force()
    since = source.now() - limits.asks_period
    asked = NeighborAsk.objects.filter(owner_id__in=owners, created_at__gt=since).values("owner_id")
    often = asked.annotate(number=Count("pk")).filter(number__gte=limits.asks_max).order_by()
    return {row["owner_id"] for row in often}
