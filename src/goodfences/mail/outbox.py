"""Writing mail into the outbox. Nothing is sent here: the worker does that (goodfences.mail.tasks)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from goodfences import source
from goodfences.mail.addresses import digest, digests, has_control, is_plain
from goodfences.mail.models import CommonPart, OutboxMessage, Suppression, new_message_ref

Priority = OutboxMessage.Priority

_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
OURS = {"from", "to", "cc", "bcc", "subject", "date", "message-id", "mime-version", "sender", "return-path"}


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be written.

    `once` is its idempotency key, at most 120 characters: `ask:17`. `template` names
    `mail/<template>.<language>.txt`, `.html` and `.subject.txt` in the room that sends it. Values of
    `context` are JSON; keys that end in `_at` hold ISO 8601 times. With `common` (see `common_part`) the
    template is rendered once for all readers and `context` may only hold texts that the template prints.
    `ref` becomes the Message-ID. Before `not_before` it waits; after `not_after` it is of no use and is
    dropped unsent.
    """

    once: str
    to: str
    template: str
    context: Mapping[str, Any]
    language: str = "en"
    time_zone: str = "UTC"
    headers: Mapping[str, str] = field(default_factory=dict)
    common: CommonPart | None = None
    priority: int = Priority.NORMAL
    ref: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None


def queue(
    *,
    once: str,
    to: str,
    template: str,
    context: Mapping[str, Any],
    language: str,
    time_zone: str,
    headers: Mapping[str, str] | None = None,
    priority: int = Priority.NORMAL,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    forget: bool = False,
) -> bool:
    """Write one message in the caller's transaction. False if `once` was written before; nothing changes then.

    With `forget`, nothing of it leads back to its reader once it was sent, not even a bounce: its person left.

    Raises ValueError for an address or header that could smuggle in another one, and RuntimeError
    outside a transaction: a message stands and falls with the act that caused it.
    """
    message = NewMessage(
        once=once,
        to=to,
        template=template,
        context=context,
        language=language,
        time_zone=time_zone,
        headers=headers or {},
        priority=priority,
        not_before=not_before,
        not_after=not_after,
    )
    row = _row(message, source.now())
    if forget:
        row.to_digest = ""
    _require_transaction()
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if OutboxMessage.objects.filter(once=once).exists():
            return False
        raise
    return True


def queue_many(messages: Iterable[NewMessage]) -> int:
    """Write messages in bulk, in the caller's transaction; those whose `once` exists are left alone.

    Returns how many are new. Raises as `queue` does, before anything is written.
    """
    now = source.now()
    rows = {message.once: _row(message, now) for message in messages}
    _require_transaction()
    if not rows:
        return 0
    known = OutboxMessage.objects.filter(once__in=rows.keys()).count()
    OutboxMessage.objects.bulk_create(rows.values(), ignore_conflicts=True)
    return len(rows) - known


def common_part(
    *,
    key: str,
    context: Mapping[str, Any],
    links: Mapping[str, tuple[str, str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> CommonPart:
    """What the messages of one batch share, written once under `key`; a second call returns the first.

    `links`: name in the template → (purpose, address with `{token}`, key of the reader's context that
    is signed). `headers` may hold `{name}` of a link. See CommonPart.
    """
    _require_transaction()
    for name, value in (headers or {}).items():
        _check_header(name, value)
        if unknown := set(re.findall(r"\{(\w+)\}", value)) - set(links or {}):
            raise ValueError(f"The header {name} names {sorted(unknown)[0]!r}, which is no link of this part.")
    part, _ = CommonPart.objects.get_or_create(
        key=key,
        defaults={
            "context": dict(context),
            "links": {name: list(link) for name, link in (links or {}).items()},
            "headers": dict(headers or {}),
        },
    )
    return part


def cancel(*, common_key: str, reason: str) -> int:
    """Drop what still waits of a batch: its cause is gone. Returns how many messages won't be sent."""
    _require_transaction()
    return _drop(OutboxMessage.objects.filter(common__key=common_key), reason)


def cancel_each(*, once: Collection[str], reason: str) -> int:
    """Drop those of these messages that still wait: their cause is gone. Returns how many won't be sent."""
    _require_transaction()
    return _drop(OutboxMessage.objects.filter(once__in=once), reason)


def unsent(once: Collection[str]) -> set[str]:
    """Those of these messages that wait or failed: nobody has read them. One on its way isn't among them."""
    silent = (OutboxMessage.State.WAITING, OutboxMessage.State.FAILED)
    return set(OutboxMessage.objects.filter(once__in=once, state__in=silent).values_list("once", flat=True))


def _drop(messages: QuerySet[OutboxMessage], reason: str) -> int:
    waiting = messages.filter(state=OutboxMessage.State.WAITING)
    return waiting.update(state=OutboxMessage.State.FAILED, last_error=reason[:300], to="", context={}, headers={})


def forget(*, address: str) -> int:
    """Its person left: send nothing more of what waits, and keep neither address nor its digest.

    A message that a worker is handing over this very moment forgets its address itself once it is sent.
    Returns how many messages named it.
    """
    _require_transaction()
    named = OutboxMessage.objects.filter(to_digest__in=digests(address)).exclude(state=OutboxMessage.State.CLAIMED)
    named.filter(state=OutboxMessage.State.WAITING).update(
        state=OutboxMessage.State.FAILED, last_error="Its person left."
    )
    Suppression.objects.filter(address_digest__in=digests(address)).delete()
    return named.update(to="", to_digest="", context={}, headers={})


def _row(message: NewMessage, now: datetime) -> OutboxMessage:
    if not is_plain(message.to):
        raise ValueError("The address to write to must be one plain address such as name@example.org.")
    for name, value in message.headers.items():
        _check_header(name, value)
    if message.common and (message.headers or not all(isinstance(value, str) for value in message.context.values())):
        raise ValueError("With a common part, headers belong to that part and the context holds texts alone.")
    return OutboxMessage(
        ref=message.ref or new_message_ref(),
        once=message.once,
        to=message.to,
        to_digest=digest(message.to),
        language=message.language,
        time_zone=message.time_zone,
        template=message.template,
        common=message.common,
        context=dict(message.context),
        headers=dict(message.headers),
        priority=message.priority,
        due_at=max(now, message.not_before or now),
        not_before=message.not_before,
        not_after=message.not_after,
        created_at=now,
    )


def _check_header(name: str, value: str) -> None:
    if not _HEADER_NAME.fullmatch(name) or name.lower() in OURS:
        raise ValueError(f"The header {name!r} can't be set: its name is malformed, or the outbox sets it itself.")
    if has_control(value):
        raise ValueError(f"The header {name} holds a line break or another control character.")


def _require_transaction() -> None:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("Mail is written in the transaction of the act that causes it; open one first.")
