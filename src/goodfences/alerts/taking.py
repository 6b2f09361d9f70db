"""A CAP file of a registered source becomes an official warning, and ends the earlier ones that it names.

What a message may end are messages of the same source alone: nobody's warning is cancelled by somebody else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from goodfences import source
from goodfences.alerts import signing
from goodfences.alerts.cap import placing, reading
from goodfences.alerts.cap.message import Info, Message, Pair
from goodfences.alerts.models import (
    RANKS,
    Geocode,
    Matter,
    OfficialWarning,
    Referred,
    Severity,
    WarningSource,
    new_warning_ref,
)
from goodfences.errors import Refused, refuse

LASTS = timedelta(hours=24)
"""How long a warning is in force that doesn't say until when."""
LONGEST = timedelta(days=31)
AHEAD = timedelta(minutes=15)
"""How far a sender's clock may be ahead of ours."""


def take(*, origin: WarningSource, data: bytes) -> OfficialWarning | None:
    """The new row, or None for a message that was taken before.

    Raises `Refused` (field `file`) for what the source may not send, and for what isn't a public warning.
    """
    reading.checked(data)
    signed = bool(origin.certificate)
    message = reading.read(signing.signed_part(data, origin.certificate) if signed else data)
    _check(origin, message)
    return write(origin=origin, message=message, original=data, signed=signed)


@transaction.atomic
def write(
    *,
    origin: WarningSource,
    message: Message,
    original: bytes,
    signed: bool = False,
    agency: Any = None,
    ref: str = "",
) -> OfficialWarning | None:
    """Keep a message under `ref`, or one that is drawn. Raises `Refused` for an area that can't be."""
    held = WarningSource.objects.select_for_update(no_key=True).get(pk=origin.pk)
    if OfficialWarning.objects.filter(sender=message.sender, identifier=message.identifier).exists():
        return None
    now = source.now()
    kind = OfficialWarning.Kind(message.msg_type)
    region = placing.region_of(message, shapes_of)
    warning = OfficialWarning.objects.create(
        ref=ref or new_warning_ref(),
        origin=held,
        agency=agency,
        identifier=message.identifier,
        sender=message.sender,
        kind=kind,
        sent_at=message.sent,
        expires_at=_expires(message),
        severity=_severity(message.infos),
        is_test=message.status != "Actual",
        signed=signed,
        infos=[_plain(info) for info in message.infos],
        cells=region.cells,
        ranges=region.ranges,
        everywhere=held.covers_all and not region.cells,
        original=original,
        received_at=now,
        ended_at=now if kind == OfficialWarning.Kind.CANCEL else None,
    )
    _end_earlier(warning, message, now)
    _end_if_late(warning, now)
    if not warning.is_test:
        Matter.objects.create(warning=warning, made_at=now)
    return warning


def shapes_of(geocodes: Iterable[Pair]) -> list[Any]:
    """The rings of those geocodes that the operator gave a shape."""
    rings: list[Any] = []
    for code in dict.fromkeys(geocodes):
        for found in Geocode.objects.filter(name=code.name, value=code.value):
            rings += found.rings
    return rings


def _check(origin: WarningSource, message: Message) -> None:
    if message.sender not in origin.senders:
        raise _no(
            "sender", f"{origin.name} may not send for {message.sender[:80]}: add the sender to the source first."
        )
    if message.status not in ("Actual", "Exercise", "Test"):
        raise _no("status", f"A message of status {message.status} is no warning for the public.")
    if message.msg_type not in OfficialWarning.Kind.values:
        raise _no("msg_type", f"A message of type {message.msg_type} is no warning for the public.")
    if message.scope != "Public":
        raise _no("scope", f"A message of scope {message.scope} isn't for the public.")
    if not message.infos and message.msg_type != OfficialWarning.Kind.CANCEL:
        raise _no("info", "The message has no <info>: it warns of nothing.")
    if message.sent > source.now() + AHEAD:
        raise _no("sent", f"The message says that it was sent at {message.sent.isoformat()}, which is still to come.")


def _no(rule: str, message: str) -> Refused:
    return refuse(f"warning.{rule}", "file", message)


def _end_earlier(warning: OfficialWarning, message: Message, now: datetime) -> None:
    named = [(one.sender, one.identifier) for one in message.references]
    Referred.objects.bulk_create(
        Referred(warning=warning, sender=sender, identifier=identifier) for sender, identifier in dict.fromkeys(named)
    )
    for sender, identifier in named:
        earlier = OfficialWarning.objects.filter(
            origin=warning.origin,
            sender=sender,
            identifier=identifier,
            sent_at__lte=warning.sent_at,
            is_test=warning.is_test,
        )
        earlier.exclude(pk=warning.pk).filter(ended_at=None).update(ended_at=now, ended_by=warning)


def _end_if_late(warning: OfficialWarning, now: datetime) -> None:
    """A message that comes after the one that ends it is ended from the start."""
    later = Referred.objects.filter(
        sender=warning.sender,
        identifier=warning.identifier,
        warning__origin=warning.origin,
        warning__sent_at__gte=warning.sent_at,
        warning__is_test=warning.is_test,
    ).exclude(warning=warning)
    found = later.order_by("-warning__sent_at").values_list("warning_id", flat=True).first()
    if found is not None and warning.ended_at is None:
        warning.ended_at, warning.ended_by_id = now, found
        warning.save(update_fields=["ended_at", "ended_by"])


def _severity(infos: Iterable[Info]) -> str:
    found = [info.severity for info in infos]
    return min(found, key=RANKS.__getitem__) if found else Severity.UNKNOWN


def _expires(message: Message) -> datetime:
    ends = [info.expires for info in message.infos if info.expires]
    until = max(ends) if ends and len(ends) == len(message.infos) else max([*ends, message.sent + LASTS])
    return min(until, message.sent + LONGEST)


def _plain(info: Info) -> dict[str, Any]:
    """What pages and mail read of it, as JSON."""
    return {
        "language": info.language,
        "categories": list(info.categories),
        "event": info.event,
        "response_types": list(info.response_types),
        "urgency": info.urgency,
        "severity": info.severity,
        "certainty": info.certainty,
        "onset": info.onset.isoformat() if info.onset else "",
        "expires": info.expires.isoformat() if info.expires else "",
        "sender_name": info.sender_name,
        "headline": info.headline,
        "description": info.description,
        "instruction": info.instruction,
        "web": info.web if info.web.startswith(("https://", "http://")) else "",
        "contact": info.contact,
        "areas": [area.description for area in info.areas],
        "codes": [dataclasses.asdict(code) for code in info.event_codes],
    }
