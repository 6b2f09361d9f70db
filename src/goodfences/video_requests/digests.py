"""One email a day instead of one an ask, for owners who chose so; and the one reminder that an owner asks for.

An ask is in one digest at most: its row says in which, written in the transaction that writes the email. So no
owner gets an email twice, whenever a worker dies (P8).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import refuse
from goodfences.mail import outbox
from goodfences.people import queries as people
from goodfences.video_requests import letters
from goodfences.video_requests.models.ask import Ask

TEMPLATE, REMINDER = "ask_digest", "ask_reminder"
UNTOLD = (Ask.State.WAITING,)
"""Who has looked at an ask by now needs no email about it."""


def write_due(limit: int) -> int:
    """Write the emails of at most `limit` owners whose hour has come. Returns how many owners that were."""
    due = Ask.objects.filter(digest_due_at__lte=source.now())
    owners = list(due.order_by("digest_due_at").values_list("owner_id", flat=True)[: limit * 3])
    for owner_id in (chosen := list(dict.fromkeys(owners))[:limit]):
        _write(owner_id)
    return len(chosen)


@transaction.atomic
def _write(owner_id: int) -> None:
    """One email about every ask that the owner hasn't been told of; with nothing left to tell, none."""
    owner = get_user_model().objects.select_for_update(no_key=True).filter(pk=owner_id).first()
    now = source.now()
    waiting = Ask.objects.filter(owner_id=owner_id, digest_due_at__isnull=False)
    asks = [
        ask
        for ask in waiting.select_related("video_request__agency", "video_request__requester").order_by(
            "-video_request__urgent", "pk"
        )
        if ask.state in UNTOLD and ask.video_request.takes_answers(now)
    ]
    digest = source.new_ref("mail") if asks else ""
    told = [ask.pk for ask in asks]
    waiting.exclude(pk__in=told).update(digest_due_at=None)
    waiting.filter(pk__in=told).update(digest_due_at=None, digest=digest)
    if owner is None or not asks:
        return
    stop = letters.link_to("stop", asks[0].ref)
    outbox.queue(
        once=f"digest:{digest}",
        to=owner.email,
        template=TEMPLATE,
        context={"asks": [_line(ask, owner.language) for ask in asks], "number": len(asks), "stop": stop},
        language=owner.language,
        time_zone=owner.time_zone,
        headers=letters.unsubscribe(stop),
        not_before=people.hours_of(owner).free_from(now, _first_end(asks)),
        not_after=max(_end(ask) for ask in asks),
    )


def mark_sent(once_keys: list[str]) -> None:
    """These emails left: the outbox's hook, in its transaction."""
    sent = Ask.objects.filter(digest__in=[once.removeprefix("digest:") for once in once_keys])
    sent.filter(state=Ask.State.WAITING).update(state=Ask.State.SENT, sent_at=source.now())


@transaction.atomic
def remind_once(*, ask: Ask, account: Any) -> datetime:
    """Write to the owner about this ask once more, tomorrow at this time. Twice is once; when, is the answer.

    Raises Refused where the request ends before.
    """
    held = (
        Ask.objects.select_for_update(of=("self",), no_key=True)
        .select_related("video_request__agency")
        .get(pk=ask.pk, owner_id=account.pk)
    )
    if held.remind_at is not None:
        return held.remind_at
    at = reminder_at(held, account)
    if at is None or held.state not in (Ask.State.WAITING, Ask.State.SENT, Ask.State.OPENED):
        raise refuse(
            "ask.reminder", "ask", _("This request ends before then. Its page is open to you until it does.")
        )
    held.remind_at = at
    held.save(update_fields=["remind_at"])
    stop = letters.link_to("stop", held.ref)
    outbox.queue(
        once=letters.reminder_key(held.ref),
        to=account.email,
        template=REMINDER,
        context={**_line(held, account.language), "stop": stop},
        language=account.language,
        time_zone=account.time_zone,
        headers=letters.unsubscribe(stop),
        not_before=at,
        not_after=held.video_request.expires_at,
    )
    return at


def reminder_at(ask: Ask, account: Any) -> datetime | None:
    """When a reminder that the owner asks for now would come; None where the request ends before."""
    at = people.hours_of(account).free_from(source.now() + timedelta(days=1))
    return at if ask.video_request.takes_answers(at) else None


def _line(ask: Ask, language: str) -> dict[str, Any]:
    request = ask.video_request
    return {
        "agency": request.agency.name,
        "officer": request.requester.shown_as,
        "place": request.place_name,
        "incident": letters.incident(request, language),
        "case_number": request.case_number,
        "urgent": "yes" if request.urgent else "",
        "starts_at": request.starts_at.isoformat(),
        "ends_at": request.ends_at.isoformat(),
        "expires_at": _end(ask).isoformat(),
        "look": letters.link_to("look", ask.ref),
        "decline": letters.link_to("decline", ask.ref),
    }


def _end(ask: Ask) -> datetime:
    assert ask.video_request.expires_at is not None
    return ask.video_request.expires_at


def _first_end(asks: Sequence[Ask]) -> datetime:
    return min(_end(ask) for ask in asks)
