"""Writing down what became of messages: of a whole batch in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

from django.db import transaction

from goodfences import source
from goodfences.mail import claims, hooks, journal
from goodfences.mail.models import OutboxMessage, Suppression

State = OutboxMessage.State

_GIVE_UP_AFTER = timedelta(days=3)
_LOST_AFTER = timedelta(hours=1)
_FIRST_WAIT = {OutboxMessage.Priority.URGENT: 2.0}
_USUAL_FIRST_WAIT = 60.0
_LONGEST_WAIT = 4 * 3600.0

# What nobody needs once a message has left.
FORGOTTEN: dict[str, Any] = {"to": "", "context": {}, "headers": {}, "claimed_by": "", "claimed_at": None}
_BACK: dict[str, Any] = {"state": State.WAITING, "claimed_by": "", "claimed_at": None}


class What(Enum):
    """What is to be written down of one message."""

    SENT = "sent"
    LATER = "later"
    RELEASED = "released"  # back into the queue, as if never claimed
    FAILED = "failed"
    BAD_ADDRESS = "bad address"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Settled:
    """One message and what became of it. `error` holds no address."""

    row: OutboxMessage
    what: What
    error: str = ""
    provider_id: str = ""


@transaction.atomic
def settle(settled: Sequence[Settled], now: datetime) -> None:
    """Write down a batch and tell the rooms whose mail went out. An uncertain message counts as sent to them."""
    by_what: dict[What, list[Settled]] = {what: [] for what in What}
    for one in settled:
        by_what[one.what].append(one)
    for one in by_what[What.SENT]:
        if one.provider_id:
            _rows([one]).update(provider_id=one.provider_id)
    _rows(by_what[What.SENT]).update(state=State.SENT, sent_at=now, last_error="", **FORGOTTEN)
    _rows(by_what[What.RELEASED]).update(**_BACK)
    for one in by_what[What.LATER]:
        _put_off(one, now)
    for one in by_what[What.UNCERTAIN]:
        # Its address stays until the operator has looked into it.
        _rows([one]).update(state=State.UNCERTAIN, last_error=one.error, claimed_by="", claimed_at=None)
    for one in by_what[What.BAD_ADDRESS]:
        suppress(one.row.to_digest, one.error)
        _rows([one]).update(bounced_at=now)
    for one in by_what[What.FAILED] + by_what[What.BAD_ADDRESS]:
        _rows([one]).update(state=State.FAILED, last_error=one.error, **FORGOTTEN)
    gone = by_what[What.SENT] + by_what[What.UNCERTAIN]
    hooks.tell_sent((one.row.template, one.row.once) for one in gone)


def settle_fates(fates: journal.Fates) -> int:
    """Settle what a worker had claimed and never settled, by its journal. Returns how many messages that were."""
    claimed = OutboxMessage.objects.filter(state=State.CLAIMED, claimed_by__startswith=f"{fates.worker}/")
    settled = [_by_fate(row, fates) for row in claimed]
    settle(settled, source.now())
    return len(settled)


def give_up_on_the_lost(folder: Path) -> int:
    """Claims that are an hour old and whose journal isn't on this machine: nobody can tell any more.

    A batch takes seconds, so its worker is gone, and its machine with it. Returns how many became uncertain.
    """
    old = OutboxMessage.objects.filter(state=State.CLAIMED, claimed_at__lt=source.now() - _LOST_AFTER)
    lost = [row for row in old if not journal.is_alive(folder, row.claimed_by.rpartition("/")[0])]
    settle([Settled(row, What.UNCERTAIN, "The machine of its worker is gone.") for row in lost], source.now())
    return len(lost)


def suppress(address_digest: str, reason: str) -> None:
    """Send nothing more to an address until its person confirms it anew."""
    if not address_digest:
        return  # its person left
    Suppression.objects.get_or_create(address_digest=address_digest, defaults={"reason": reason[:200]})


def backoff(attempts: int, priority: int) -> timedelta:
    """How long to wait after the `attempts`th try: doubling, at most 4 hours, give or take a quarter."""
    first = _FIRST_WAIT.get(OutboxMessage.Priority(priority), _USUAL_FIRST_WAIT)
    seconds = min(first * 2 ** min(attempts - 1, 20), _LONGEST_WAIT)
    jitter = int.from_bytes(source.random_bytes("mail-jitter", 2), "big") / 65535
    return timedelta(seconds=seconds * (0.75 + jitter / 2))


def _put_off(one: Settled, now: datetime) -> None:
    attempts = one.row.attempts + 1
    due_at = now + backoff(attempts, one.row.priority)
    first_due_at = max(one.row.created_at, one.row.not_before or one.row.created_at)
    if due_at > min(one.row.not_after or due_at, first_due_at + _GIVE_UP_AFTER):
        _rows([one]).update(state=State.FAILED, attempts=attempts, last_error=one.error, **FORGOTTEN)
        return
    _rows([one]).update(attempts=attempts, due_at=due_at, last_error=one.error, **_BACK)


def _by_fate(row: OutboxMessage, fates: journal.Fates) -> Settled:
    fate = fates.of(claims.batch_of(row.claimed_by), row.pk)
    if fate is journal.Fate.TAKEN:
        return Settled(row, What.SENT)
    if fate is journal.Fate.UNKNOWN:
        return Settled(row, What.UNCERTAIN, "Its worker died while handing it over.")
    return Settled(row, What.LATER if fate is journal.Fate.NOT_TAKEN else What.RELEASED)


def _rows(settled: Iterable[Settled]) -> Any:
    # A row that an operator has settled meanwhile stays as it is.
    unsettled = OutboxMessage.objects.filter(state__in=[State.CLAIMED, State.UNCERTAIN])
    return unsettled.filter(pk__in=[one.row.pk for one in settled])
