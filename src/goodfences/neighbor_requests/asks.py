"""What happens to an ask: sent, opened, declined, reported, expired; and the wish not to be asked by neighbors.

Each act is one transaction that holds the ask's row. Nothing here is seen by the asker (P2).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import NotFound, Refused, refuse
from goodfences.mail import outbox
from goodfences.neighbor_requests import access, letters, rules, texts
from goodfences.neighbor_requests.models import NeighborAsk, NeighborMatching, NeighborMute, NeighborRequest
from goodfences.people.models import Account

State = NeighborAsk.State
UNDECIDED = (State.WAITING, State.SENT, State.OPENED)


def mark_sent(once_keys: list[str]) -> None:
    """Their emails left: the outbox's hook, in its transaction. An owner who was faster stays where they are."""
    for once in once_keys:
        request_ref, owner_id = letters.read_once_key(once)
        sent = NeighborAsk.objects.filter(request__ref=request_ref, owner_id=owner_id, state=State.WAITING)
        sent.update(state=State.SENT, sent_at=source.now())


@transaction.atomic
def mark_opened(*, account: Account, ref: str) -> NeighborAsk:
    """The owner looks at the ask. Twice is once; a decided or expired ask stays as it is. Raises NotFound."""
    ask = held(access.ask(account, ref).ref)
    now = source.now()
    if ask.state in (State.WAITING, State.SENT) and ask.request.takes_answers(now):
        move(ask, State.OPENED, opened_at=ask.opened_at or now)
    return ask


@transaction.atomic
def decline(*, ref: str) -> NeighborAsk:
    """“Not this time”, from the page or the email's link. Twice is once. Raises Refused, NotFound."""
    ask = held(ref)
    if ask.state == State.DECLINED:
        return ask
    if ask.state == State.SHARED:
        raise refuse("ask.shared", "ask", _("You shared video for this request. Take the share back to decline."))
    must_take_answers(ask)
    move(ask, State.DECLINED, decided_at=source.now())
    return ask


@transaction.atomic
def undo_decline(*, ref: str) -> NeighborAsk:
    """Take “not this time” back while the request is open. Raises Refused, NotFound."""
    ask = held(ref)
    if ask.state != State.DECLINED:
        message = _("You haven't declined this request; there is nothing to take back.")
        raise refuse("ask.not_declined", "ask", message)
    must_take_answers(ask)
    move(ask, State.OPENED, decided_at=None, opened_at=ask.opened_at or source.now())
    return ask


@transaction.atomic
def report(*, account: Account, ref: str, why: str) -> NeighborAsk:
    """Have a moderator look at a request. Its asker isn't told, and notices nothing (P2). A second time adds nothing.

    Raises Refused for words that don't pass, NotFound.
    """
    ask = held(access.ask(account, ref).ref)
    found = texts.hidden(why.strip(), "why", most=rules.in_force().note_max_characters)
    if found:
        raise Refused(*found)
    if ask.reported_at is None:
        ask.reported_at, ask.report = source.now(), why.strip()
        ask.save(update_fields=["reported_at", "report"])
    return ask


@transaction.atomic
def mute(*, owner_id: int) -> None:
    """No neighbor asks this owner any more. Twice is once; what agencies may do stays as it is."""
    NeighborMute.objects.bulk_create([NeighborMute(owner_id=owner_id)], ignore_conflicts=True)
    _say_no_more(NeighborAsk.objects.filter(owner_id=owner_id, state__in=UNDECIDED).select_related("request"))


@transaction.atomic
def unmute(*, owner_id: int) -> None:
    NeighborMute.objects.filter(owner_id=owner_id).delete()


def clear_ended(limit: int) -> int:
    """After at most `limit` requests that ended: asks expire, and emails that weren't sent never will be."""
    ended = NeighborMatching.objects.filter(cleared_at__isnull=True, request__state=NeighborRequest.State.CLOSED)
    found = list(ended.values_list("pk", flat=True)[:limit])
    for pk in found:
        _clear(pk)
    return len(found)


@transaction.atomic
def _clear(pk: int) -> None:
    progress = NeighborMatching.objects.select_for_update(of=("self",)).select_related("request").get(pk=pk)
    undecided = NeighborAsk.objects.filter(request=progress.request, state__in=UNDECIDED)
    _say_no_more(undecided.select_related("request"))
    undecided.update(state=State.EXPIRED)
    now = source.now()
    progress.cleared_at, progress.finished_at = now, progress.finished_at or now
    progress.save(update_fields=["cleared_at", "finished_at"])


def held(ref: str) -> NeighborAsk:
    """The ask, locked until the open transaction ends."""
    found = (
        NeighborAsk.objects.select_for_update(of=("self",), no_key=True)
        .select_related("request", "owner", "household")
        .filter(ref=ref)
        .first()
    )
    if found is None:
        raise NotFound("There is no such ask.")
    return found


def must_take_answers(ask: NeighborAsk) -> None:
    if ask.state not in (*UNDECIDED, State.DECLINED) or not ask.request.takes_answers(source.now()):
        message = _("This request has ended. Unless you shared video, nobody was told anything about you.")
        raise refuse("ask.ended", "ask", message)


def move(ask: NeighborAsk, state: NeighborAsk.State, **changes: Any) -> None:
    if state in (State.DECLINED, State.SHARED):
        _say_no_more([ask])
    ask.state = state
    for field, value in changes.items():
        setattr(ask, field, value)
    ask.save(update_fields=["state", *changes])


def _say_no_more(asks: Iterable[NeighborAsk]) -> None:
    """What still waits to be sent of these asks won't be: their owner has seen them, or wants to hear nothing."""
    found = list(asks)
    NeighborAsk.objects.filter(pk__in=[ask.pk for ask in found]).update(digest_due_at=None)
    emails = [letters.once_key(ask.request.ref, ask.owner_id) for ask in found]
    outbox.cancel_each(once=emails, reason="Its owner has decided.")
