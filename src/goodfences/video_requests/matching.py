"""Who is asked: the worker alone calls this. No officer's sign-in reaches this module (P1, P2).

One step is one batch of households in their order. What is read for it is read first; then one short
transaction writes asks, mail and progress together. A step that was killed before its commit left
nothing, one that was killed after it is not done again, and of two workers at the same step the second one
finds the progress moved and writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q

from goodfences import source
from goodfences.agencies.queries import policy_for
from goodfences.cameras import queries as cameras
from goodfences.clips import queries as clips
from goodfences.ledger import queries as ledger
from goodfences.mail import outbox
from goodfences.people import access as accounts
from goodfences.people import queries as people
from goodfences.people.queries import OwnerContact
from goodfences.policy import Policy
from goodfences.video_requests import hooks, letters
from goodfences.video_requests.models.ask import Ask, Matching, Mute
from goodfences.video_requests.models.request import VideoRequest

BATCH = 200


@dataclass(frozen=True)
class _Batch:
    """What one step found: the homes that could be asked, by household, and where the next step begins."""

    contacts: dict[int, OwnerContact]
    last_household_id: int
    is_last: bool


def fan_out(request_id: int, *, batch: int = BATCH) -> int:
    """Ask every owner that an open request concerns. Returns how many asks were made; safe to run again.

    Nobody is asked, yet, where the request isn't open or its ledger entry isn't vouched for by a signed
    checkpoint (P5); nobody ever, where fewer homes than the policy's floor have a camera in the area.
    """
    asked = 0
    while (made := step(request_id, batch=batch)) is not None:
        asked += made
    return asked


def step(request_id: int, *, batch: int = BATCH) -> int | None:
    """Deal with the next `batch` households. How many asks it made; None where nothing is left to do now."""
    request = VideoRequest.objects.select_related("agency", "requester").get(pk=request_id)
    if not request.takes_answers(source.now()) or request.agency.suspended_at is not None:
        return None
    if request.ledger_index is None or not ledger.is_signed(request.ledger_index):
        return None
    Matching.objects.bulk_create([Matching(video_request=request)], ignore_conflicts=True)
    progress = Matching.objects.get(video_request=request)
    if progress.finished_at is not None:
        return None
    policy = policy_for(request.agency)
    if progress.last_household_id == 0 and not cameras.homes_in(request.ranges, at_least=policy.min_homes):
        return _finish_below_floor(request)
    return _ask(request, progress, _find(request, progress.last_household_id, batch), policy)


def _find(request: VideoRequest, after_household: int, households: int) -> _Batch:
    """The next households in the area, and the owners of those who may have video of the window. Writes nothing."""
    matches = cameras.matching_cameras(request.ranges, after_household=after_household, households=households)
    window = ([match.camera_id for match in matches], request.starts_at, request.ends_at)
    with_video = clips.cameras_with_clips(*window) | cameras.cameras_holding(*window)
    homes = {match.household_id for match in matches if match.camera_id in with_video}
    seen = {match.household_id for match in matches}
    return _Batch(
        contacts=people.owners_of(homes) if homes else {},
        last_household_id=max(seen, default=after_household),
        is_last=len(seen) < households,
    )


@transaction.atomic
def _ask(request: VideoRequest, progress: Matching, found: _Batch, policy: Policy) -> int:
    held = _hold_at(request, progress.last_household_id)
    if held is None:
        return 0
    now = source.now()
    to_ask = _who_may_be_asked(request, found.contacts, policy)
    asks = [
        Ask(
            video_request=request,
            owner_id=contact.account_id,
            household_id=household,
            created_at=now,
            digest_due_at=_digest_due_at(request, contact, now),
        )
        for household, contact in sorted(to_ask.items())
    ]
    # An owner who moved from a household that was dealt with to one that wasn't has an ask already.
    Ask.objects.bulk_create(asks, ignore_conflicts=True)
    contacts = {contact.account_id: contact for contact in to_ask.values()}
    if asks:
        kept = _as_kept(request, asks)
        of_their_own = [ask for ask in kept if ask.digest_due_at is None and not ask.digest]
        outbox.queue_many(letters.messages(request, of_their_own, contacts))
        hooks.tell_asked(kept)
    held.last_household_id = found.last_household_id
    held.finished_at = now if found.is_last else None
    held.save(update_fields=["last_household_id", "finished_at"])
    return len(asks)


def _digest_due_at(request: VideoRequest, contact: OwnerContact, now: datetime) -> datetime | None:
    """When the owner's one email of the day may tell of it; None for an owner who wants one email each."""
    if contact.hours.digest_at is None or request.expires_at is None:
        return None
    return contact.hours.digest_from(now, request.expires_at)


def _as_kept(request: VideoRequest, asks: list[Ask]) -> list[Ask]:
    """The rows as they are in the database, which may hold an older one in the place of one of these."""
    kept = list(Ask.objects.filter(video_request=request, owner_id__in=[ask.owner_id for ask in asks]))
    for ask in kept:
        ask.video_request = request
    return kept


def _who_may_be_asked(
    request: VideoRequest, contacts: dict[int, OwnerContact], policy: Policy
) -> dict[int, OwnerContact]:
    """Without those who don't want to be asked, were asked often enough, or closed their account meanwhile."""
    owners = [contact.account_id for contact in contacts.values()]
    active = accounts.hold_all(owners)
    muted = Mute.objects.filter(Q(agency=None) | Q(agency_id=request.agency_id), owner_id__in=owners)
    left_out = set(muted.values_list("owner_id", flat=True)) | _asked_enough(owners, policy)
    return {
        household: contact
        for household, contact in contacts.items()
        if contact.account_id in active and contact.account_id not in left_out
    }


def _asked_enough(owners: list[int], policy: Policy) -> set[int]:
    since = source.now() - policy.asks_period
    asked = Ask.objects.filter(owner_id__in=owners, created_at__gt=since).values("owner_id")
    often = asked.annotate(number=Count("pk")).filter(number__gte=policy.max_asks_per_owner).order_by()
    return {row["owner_id"] for row in often}


@transaction.atomic
def _finish_below_floor(request: VideoRequest) -> int:
    held = _hold_at(request, 0)
    if held is not None:
        held.below_floor = True
        held.finished_at = source.now()
        held.save(update_fields=["below_floor", "finished_at"])
    return 0


def _hold_at(request: VideoRequest, last_household_id: int) -> Matching | None:
    """The progress, locked; None where another worker was faster or the request has ended.

    The request's own row isn't locked: nothing that an officer does waits for matching (P2). One who closes it
    at this moment leaves asks that expire with the others once the worker clears up after the request.
    """
    held = Matching.objects.select_for_update().get(video_request=request)
    if held.finished_at is not None or held.last_household_id != last_household_id:
        return None
    if held.cleared_at is not None or not VideoRequest.objects.filter(pk=request.pk, state="open").exists():
        return None
    return held


def open_requests(limit: int) -> list[int]:
    """Ids of open requests that aren't fanned out yet, the oldest first."""
    finished = Matching.objects.filter(finished_at__isnull=False).values("video_request_id")
    waiting = VideoRequest.objects.filter(state="open").exclude(pk__in=finished).order_by("opened_at")
    return list(waiting.values_list("pk", flat=True)[:limit])
