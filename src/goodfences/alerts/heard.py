"""Who was really told of a warning that a later message ends or takes the place of, and by which way.

What still waited when its warning ended was withdrawn: whoever was to get it has heard nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from goodfences.alerts import letters
from goodfences.alerts.models import Delivery, OfficialWarning
from goodfences.mail import outbox
from goodfences.push import queries as push
from goodfences.push.models import About

_REALLY = (Delivery.Way.PUSH, Delivery.Way.MAIL)


@dataclass(frozen=True)
class Heard:
    """The last that somebody was told of what came before a message."""

    warning: OfficialWarning
    way: str


def before(warning: OfficialWarning) -> list[OfficialWarning]:
    """What it ends, and what these had ended in their turn."""
    found: dict[int, OfficialWarning] = {}
    last = [warning.pk]
    while last:
        step = OfficialWarning.objects.filter(ended_by__in=last).exclude(pk__in=[*found, warning.pk])
        fresh = list(step.select_related("origin", "agency"))
        found |= {one.pk: one for one in fresh}
        last = [one.pk for one in fresh]
    return sorted(found.values(), key=lambda one: (one.sent_at, one.pk), reverse=True)


def by(account_ids: Sequence[int], earlier: Sequence[OfficialWarning]) -> dict[int, Heard]:
    """What each of them was told last of `earlier`; those who heard nothing, or that it is over, aren't in it."""
    warnings = {one.pk: one for one in earlier}
    told = Delivery.objects.filter(
        matter__warning__in=warnings, way__in=_REALLY, account_id__in=account_ids
    ).select_related("matter")
    in_order = sorted(told, key=lambda one: (one.due_at, one.pk))
    for ended in earlier:
        letters.withdraw(ended)
    silent = _never_left(in_order, warnings)
    heard: dict[int, Heard] = {}
    for one in in_order:
        warning = warnings[_subject(one)]
        if one.is_end:
            heard.pop(one.account_id, None)
        elif one.pk not in silent and (warning.ended_at is None or one.due_at <= warning.ended_at):
            heard[one.account_id] = Heard(warning, one.way)
    return heard


def told_of(earlier: Sequence[OfficialWarning]) -> Any:
    """The accounts to whom any of these was to be told: a query's values."""
    return Delivery.objects.filter(matter__warning__in=[one.pk for one in earlier], way__in=_REALLY).values(
        "account_id"
    )


def _never_left(deliveries: Sequence[Delivery], warnings: dict[int, OfficialWarning]) -> set[int]:
    """Those of the deliveries of which it is known that they never left this server."""
    mailed = {letters.once(warnings[_subject(one)], one.account_id): one.pk for one in deliveries if _is(one, "mail")}
    silent = {mailed[once] for once in outbox.unsent(mailed)}
    for warning in warnings.values():
        accounts = {one.account_id: one.pk for one in deliveries if _is(one, "push") and _subject(one) == warning.pk}
        silent |= {accounts[pk] for pk in push.unsent(About.WARNING, warning.ref, accounts)}
    return silent


def _is(delivery: Delivery, way: str) -> bool:
    return delivery.way == way and not delivery.is_end


def _subject(delivery: Delivery) -> int:
    assert delivery.matter.warning_id is not None
    return delivery.matter.warning_id
