"""What happens to an ask: sent, opened, declined, shared, expired; and an owner's wish not to be asked.

Each act is one transaction that holds the ask's row, so that a decline in one window and a share in another
come one after the other. Nothing here is seen by an officer (P2).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.agencies.models import Agency
from goodfences.errors import NotFound, Refused, refuse
from goodfences.mail import outbox
from goodfences.video_requests import letters
from goodfences.video_requests.models.ask import Ask, Mute

State = Ask.State
UNDECIDED = (State.WAITING, State.SENT, State.OPENED)


def mark_sent(once_keys: list[str]) -> None:
    """Their emails left: the outbox's hook, in its transaction. An owner who was faster stays where they are."""
    owners: dict[str, list[int]] = defaultdict(list)
    for once in once_keys:
        request_ref, owner_id = letters.read_once_key(once)
        owners[request_ref].append(owner_id)
    for request_ref, owner_ids in owners.items():
        waiting = Ask.objects.filter(video_request__ref=request_ref, owner_id__in=owner_ids, state=State.WAITING)
        waiting.update(state=State.SENT, sent_at=source.now())


@transaction.atomic
def mark_opened(*, account: Any, ask_ref: str) -> Ask:
    """The owner looks at the ask. Twice is once; a decided or expired ask stays as it is. Raises NotFound."""
    ask = _locked(ask_ref)
    if ask.owner_id != account.pk:
        raise NotFound("There is no such ask.")
    now = source.now()
    if ask.state in (State.WAITING, State.SENT) and ask.video_request.takes_answers(now):
        _move(ask, State.OPENED, opened_at=ask.opened_at or now)
    return ask


@transaction.atomic
def decline(*, ask_ref: str) -> Ask:
    """“Not this time”, from the page or the email's link. Twice is once.

    Raises Refused where the ask was shared or its request has ended, NotFound.
    """
    ask = _locked(ask_ref)
    if ask.state == State.DECLINED:
        return ask
    if ask.state == State.SHARED:
        raise refuse("ask.shared", "ask", _("You shared video for this request. Take the share back to decline."))
    _must_take_answers(ask)
    _move(ask, State.DECLINED, decided_at=source.now())
    return ask


@transaction.atomic
def undo_decline(*, ask_ref: str) -> Ask:
    """Take “not this time” back while the request is open. Raises Refused, NotFound."""
    ask = _locked(ask_ref)
    if ask.state != State.DECLINED:
        message = _("You haven't declined this request; there is nothing to take back.")
        raise refuse("ask.not_declined", "ask", message)
    _must_take_answers(ask)
    _move(ask, State.OPENED, decided_at=None, opened_at=ask.opened_at or source.now())
    return ask


@transaction.atomic
def mark_shared(*, ask_ref: str) -> Ask:
    """The owner shares: called in the transaction that makes the share. Raises Refused, NotFound."""
    ask = _locked(ask_ref)
    if ask.state == State.SHARED:
        raise refuse("ask.shared", "ask", _("You have already shared video for this request."))
    if ask.state == State.DECLINED:
        raise refuse("ask.declined", "ask", _("You declined this request. Take that back first, then share."))
    _must_take_answers(ask)
    _move(ask, State.SHARED, decided_at=source.now())
    return ask


@transaction.atomic
def mark_unshared(*, ask_ref: str) -> Ask:
    """The owner took the share back, in that transaction: as if it had only been opened. Raises Refused, NotFound."""
    ask = _locked(ask_ref)
    if ask.state != State.SHARED:
        raise refuse("ask.not_shared", "ask", _("Nothing is shared for this request."))
    still_open = ask.video_request.takes_answers(source.now())
    _move(ask, State.OPENED if still_open else State.EXPIRED, decided_at=None)
    return ask


@transaction.atomic
def mute(*, owner_id: int, agency_id: int | None) -> None:
    """Never ask this owner again for this agency, or for any (`agency_id` None). Twice is once. Raises NotFound."""
    if agency_id is not None and not Agency.objects.filter(pk=agency_id).exists():
        raise NotFound("There is no such agency.")
    # The constraint decides, not a look before: two clicks at once are one mute.
    Mute.objects.bulk_create([Mute(owner_id=owner_id, agency_id=agency_id)], ignore_conflicts=True)
    undecided = Ask.objects.filter(owner_id=owner_id, state__in=UNDECIDED).select_related("video_request")
    _say_no_more(undecided if agency_id is None else undecided.filter(video_request__agency_id=agency_id))


@transaction.atomic
def unmute(*, owner_id: int, agency_id: int | None) -> None:
    """Let this agency, or those that aren't muted one by one, ask again. Nothing happens where none was muted."""
    mutes = Mute.objects.filter(owner_id=owner_id)
    which = mutes.filter(agency__isnull=True) if agency_id is None else mutes.filter(agency_id=agency_id)
    which.delete()


def _locked(ask_ref: str) -> Ask:
    ask = (
        Ask.objects.select_for_update(of=("self",), no_key=True)
        .select_related("video_request__agency")
        .filter(ref=ask_ref)
        .first()
    )
    if ask is None:
        raise NotFound("There is no such ask.")
    return ask


def _must_take_answers(ask: Ask) -> None:
    if ask.state not in UNDECIDED and ask.state != State.DECLINED:
        raise _ended(ask)
    if not ask.video_request.takes_answers(source.now()):
        raise _ended(ask)


def _ended(ask: Ask) -> Refused:
    name = ask.video_request.agency.name
    message = _("This request of %(agency)s has ended. Unless you shared video, nobody was told anything about you.")
    message %= {"agency": name}
    return refuse("ask.ended", "ask", message)


def _say_no_more(asks: Iterable[Ask]) -> None:
    """What still waits to be sent of these asks won't be: their owner has seen them, or wants to hear nothing."""
    found = list(asks)
    Ask.objects.filter(pk__in=[ask.pk for ask in found], digest_due_at__isnull=False).update(digest_due_at=None)
    emails = [letters.once_key(ask.video_request.ref, ask.owner_id) for ask in found]
    emails += [letters.reminder_key(ask.ref) for ask in found]
    outbox.cancel_each(once=emails, reason="Its owner has decided.")


def _move(ask: Ask, state: Ask.State, **changes: Any) -> None:
    if state in (State.DECLINED, State.SHARED):
        _say_no_more([ask])
    ask.state = state
    for field, value in changes.items():
        setattr(ask, field, value)
    ask.save(update_fields=["state", *changes])
