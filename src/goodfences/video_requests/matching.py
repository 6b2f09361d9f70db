"""Who is asked: the workers alone call this. No officer's sign-in reaches this module (P1, P2).

A request is cut into batches of households once; any number of workers take them, each its own. What is read for a
batch is read first; then one short transaction writes asks and mail and takes the batch away. A worker that was
killed before its commit left nothing, and the batch is another's a minute later; after it the batch is gone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery

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
from goodfences.video_requests.models.ask import Ask, AskingBatch, Matching, Mute
from goodfences.video_requests.models.request import VideoRequest
from goodfences.work.taking import take, worn_off

BATCH = 200
TAKEN_FOR = timedelta(minutes=1)
"""A batch takes less than a second. After so long its worker must be dead."""

TURN_COUNTS_FOR = timedelta(hours=1)
"""So long an agency that had a turn stands behind those that had none."""


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
    """Deal with one batch of households. How many asks it made; None where nothing is left to take now."""
    request = VideoRequest.objects.select_related("agency", "requester").get(pk=request_id)
    if not request.takes_answers(source.now()) or request.agency.suspended_at is not None:
        return None
    if request.ledger_index is None or not ledger.is_signed(request.ledger_index):
        return None
    progress = Matching.objects.filter(video_request=request).first()
    if progress is not None and progress.finished_at is not None:
        return None
    policy = policy_for(request.agency)
    mine = _take(request) if progress is not None and progress.cut_at is not None else _cut(request, policy, batch)
    asked = None if mine is None else _ask(request, mine, _find(request, mine), policy)
    _finish_if_asked(request)
    return asked


def _cut(request: VideoRequest, policy: Policy, batch: int) -> AskingBatch | None:
    """Cut the households in the area into batches, of which this worker takes the first; none below the floor."""
    homes = sorted({match.household_id for match in cameras.matching_cameras(request.ranges)})
    ends: list[int | None] = [*homes[batch - 1 : -1 : batch], None]
    batches = [
        AskingBatch(matching_id=request.pk, after=after or 0, through=through)
        for after, through in zip([0, *ends], ends, strict=False)
    ]
    now = source.now()
    for field, value in _mark(now).items():
        setattr(batches[0], field, value)
    with transaction.atomic():
        held = _hold_uncut(request)
        if held is None:
            return None
        held.below_floor = len(homes) < policy.min_homes
        held.cut_at = held.turn_at = now
        held.save(update_fields=["below_floor", "cut_at", "turn_at"])
        if held.below_floor:
            return None
        return AskingBatch.objects.bulk_create(batches)[0]


def _take(request: VideoRequest) -> AskingBatch | None:
    """The first batch that no other worker has, or had and never finished."""
    now = source.now()
    due = AskingBatch.objects.filter(worn_off("taken_until", now, 2 * TAKEN_FOR), matching=request.pk)
    if not due.exists():
        return None
    mark = _mark(now)
    with transaction.atomic():
        Matching.objects.filter(pk=request.pk).update(turn_at=now)
        mine = next(iter(take(due.order_by("after"), 1, mark)), None)
    if mine is not None:
        mine.taken_by = mark["taken_by"]
    return mine


def _mark(now: datetime) -> dict[str, Any]:
    return {"taken_by": source.new_ref("asking"), "taken_until": now + TAKEN_FOR}


def _find(request: VideoRequest, batch: AskingBatch) -> dict[int, OwnerContact]:
    """The owners in a batch who may have video of the window, by household. Writes nothing."""
    matches = cameras.matching_cameras(request.ranges, after_household=batch.after, through=batch.through)
    window = ([match.camera_id for match in matches], request.starts_at, request.ends_at)
    with_video = clips.cameras_with_clips(*window) | cameras.cameras_holding(*window)
    homes = {match.household_id for match in matches if match.camera_id in with_video}
    return people.owners_of(homes) if homes else {}


@transaction.atomic
def _ask(request: VideoRequest, batch: AskingBatch, contacts: dict[int, OwnerContact], policy: Policy) -> int:
    if not _still_mine(request, batch):
        return 0
    now = source.now()
    to_ask = _who_may_be_asked(request, contacts, policy)
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
    by_owner = {contact.account_id: contact for contact in to_ask.values()}
    if asks:
        kept = _as_kept(request, asks)
        of_their_own = [ask for ask in kept if ask.digest_due_at is None and not ask.digest]
        outbox.queue_many(letters.messages(request, of_their_own, by_owner))
        hooks.tell_asked(kept)
    batch.delete()
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


def _still_mine(request: VideoRequest, batch: AskingBatch) -> bool:
    """Whether the batch, which is locked now, is to be asked; not where it was taken away, or the request has ended.

    The request's own row isn't locked: nothing that an officer does waits for matching (P2). One who closes it
    at this moment leaves asks that expire with the others once the worker clears up after the request, which
    waits for the batch.
    """
    mine = AskingBatch.objects.select_for_update().filter(pk=batch.pk, taken_by=batch.taken_by)
    return mine.first() is not None and VideoRequest.objects.filter(pk=request.pk, state="open").exists()


def _hold_uncut(request: VideoRequest) -> Matching | None:
    """The progress, locked; None where another worker was faster or the request has ended."""
    Matching.objects.bulk_create([Matching(video_request=request)], ignore_conflicts=True)
    held = Matching.objects.select_for_update(no_key=True).get(video_request=request)
    if held.cut_at is not None or held.finished_at is not None:
        return None
    return held if VideoRequest.objects.filter(pk=request.pk, state="open").exists() else None


def _finish_if_asked(request: VideoRequest) -> None:
    """Of two workers with the last batches either one says so, or the next to look."""
    left = AskingBatch.objects.filter(matching=OuterRef("pk"))
    done = Matching.objects.filter(~Exists(left), pk=request.pk, cut_at__isnull=False, finished_at=None)
    if done.exists():
        done.update(finished_at=source.now())


def in_turn() -> list[list[int]]:
    """Ids of open requests that aren't fanned out yet: a list an agency, and that agency first which waited longest.

    So an agency with many requests gets no more turns than one with a single one; what it asked by requests that are
    done with counts as well. Of an agency's own requests, too, that comes first which waited longest.
    """
    progress = Matching.objects.filter(video_request=OuterRef("pk"))
    opened = VideoRequest.objects.filter(
        ~Exists(progress.filter(finished_at__isnull=False)), state="open", agency__suspended_at=None
    )
    rows = opened.annotate(turn_at=Subquery(progress.values("turn_at"))).order_by("opened_at", "pk")
    by_agency: dict[int, list[tuple[datetime | None, int]]] = {}
    for request_id, agency_id, turn_at in rows.values_list("pk", "agency_id", "turn_at"):
        by_agency.setdefault(agency_id, []).append((turn_at, request_id))
    turns = _last_turns()
    agencies = sorted(by_agency.items(), key=lambda found: _longest_ago_first(turns.get(found[0])))
    return [
        [request_id for _, request_id in sorted(waiting, key=lambda one: _longest_ago_first(one[0]))]
        for _, waiting in agencies
    ]


def _last_turns() -> dict[int, datetime]:
    """When each agency had its last turn, of those that had one lately; the others' is too long ago to matter."""
    lately = Matching.objects.filter(turn_at__gt=source.now() - TURN_COUNTS_FOR)
    agency = F("video_request__agency")
    return dict(lately.values_list(agency).annotate(last=Max("turn_at")).order_by())


def _longest_ago_first(turn_at: datetime | None) -> float:
    return turn_at.timestamp() if turn_at else 0.0
