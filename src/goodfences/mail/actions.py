"""What changes in the outbox besides sending."""

from __future__ import annotations

from django.db import transaction

from goodfences import source
from goodfences.errors import NotFound
from goodfences.mail import bounces, settling
from goodfences.mail.addresses import digests
from goodfences.mail.models import OutboxMessage, Suppression

State = OutboxMessage.State
_LARGEST_BOUNCE = 1 << 20


def record_bounce(raw: bytes) -> bool:
    """Take in a returned message. Returns whether it was a report about a message of ours.

    A forged report needs the 128-bit reference that only the message's receiver was given.
    At most 1 MiB of `raw` is read.
    """
    report = bounces.parse(raw[:_LARGEST_BOUNCE])
    if report is None:
        return False
    return record_report(ref=report.ref, permanent=report.permanent, dead=report.dead, reason=report.reason)


@transaction.atomic
def record_report(*, ref: str = "", provider_id: str = "", permanent: bool, dead: bool, reason: str) -> bool:
    """Write down on a message, named by `ref` or by a provider's name, that it came back.

    `dead` also stops all further mail to its address. Returns whether there is such a message.
    """
    named = OutboxMessage.objects.filter(ref=ref) if ref else OutboxMessage.objects.filter(provider_id=provider_id)
    message = named.exclude(state=State.WAITING).first() if ref or provider_id else None
    if message is None:
        return False
    if permanent and message.bounced_at is None:
        named.update(bounced_at=source.now(), last_error=reason[:300])
    if dead:
        settling.suppress(message.to_digest, reason)
    return True


def confirm_address(*, address: str) -> bool:
    """Its person has just proved to read mail there: send to it again. Returns whether it was suppressed."""
    removed, _ = Suppression.objects.filter(address_digest__in=digests(address)).delete()
    return removed > 0


@transaction.atomic
def count_as_sent(*, ref: str) -> str:
    """An operator found in the mail server's log that an uncertain message went out. Raises NotFound.

    Returns to whom it was, whom the caller tells so.
    """
    return _decide(ref, State.SENT, **settling.FORGOTTEN, sent_at=source.now())


@transaction.atomic
def send_again(*, ref: str) -> str:
    """An operator found in the mail server's log that an uncertain message did NOT go out. Raises NotFound.

    The one way to a second try; nothing takes it by itself. Returns to whom it was, whom the caller tells so.
    """
    return _decide(ref, State.WAITING, due_at=source.now(), last_error="")


@transaction.atomic
def hold_waiting() -> int:
    """After a restore from a backup: what waits in it may have been sent since. Makes all of it uncertain.

    Returns how many messages that were; an operator decides on them.
    """
    waiting = OutboxMessage.objects.filter(state__in=[State.WAITING, State.CLAIMED])
    return waiting.update(state=State.UNCERTAIN, claimed_by="", claimed_at=None, last_error="Restored from a backup.")


def _decide(ref: str, state: str, **changes: object) -> str:
    uncertain = OutboxMessage.objects.filter(ref=ref, state=State.UNCERTAIN)
    address = uncertain.values_list("to", flat=True).first()
    if address is None or not uncertain.update(state=state, **changes):
        raise NotFound
    return address
