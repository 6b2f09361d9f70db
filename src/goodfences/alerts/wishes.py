"""What a person decides about alerts."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.alerts.models import AlertWish
from goodfences.errors import NotFound, Problem, Refused
from goodfences.feed.models import Kind
from goodfences.feed.queries import RADII_KM
from goodfences.people import access as people
from goodfences.people.models import Account

STOP_POSTS, STOP_WARNINGS = "alerts.posts.stop", "alerts.warnings.stop"
"""Purposes of goodfences.mail.links; the payload is the wish's reference."""


def of(account: Account) -> AlertWish:
    """What they chose, or what holds without a choice: an unsaved row then."""
    return AlertWish.objects.filter(account=account).first() or AlertWish(account=account)


def of_link(ref: str) -> AlertWish:
    """By the reference in a mail's signed link. Raises `NotFound`, also for a closed account."""
    found = AlertWish.objects.select_related("account").filter(ref=ref, account__is_active=True).first()
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def choose(
    *,
    account: Account,
    way: str,
    kinds: Collection[str],
    agencies: bool,
    radius_km: int,
    warnings: str,
    extreme_at_any_hour: bool,
    warnings_by_mail: bool,
) -> AlertWish:
    """From now on this, and nothing else. Raises `NotFound` for who has no home here, `Refused`."""
    people.home(account)
    people.hold(account)
    given = {
        "way": way,
        "kinds": sorted(set(kinds)),
        "agencies": agencies,
        "radius_km": radius_km,
        "warnings": warnings,
        "extreme_at_any_hour": extreme_at_any_hour,
        "warnings_by_mail": warnings_by_mail,
    }
    choices = {"way": AlertWish.Way.values, "radius_km": RADII_KM, "warnings": AlertWish.Warnings.values}
    problems = [
        Problem(f"alerts.{name}", name, _("Choose one of the list."))
        for name, values in choices.items()
        if given[name] not in values
    ]
    if not set(kinds) <= set(Kind.values):
        problems.append(Problem("alerts.kinds", "kinds", _("Choose from the list.")))
    if problems:
        raise Refused(*problems)
    wish, _new = AlertWish.objects.update_or_create(account=account, defaults={**given, "changed_at": source.now()})
    return wish


def switch_posts(*, ref: str, is_on: bool) -> None:
    """Behind a digest's link: no more of them, or daily again."""
    way = AlertWish.Way.DAILY if is_on else AlertWish.Way.NONE
    AlertWish.objects.filter(ref=ref).update(way=way, changed_at=source.now())


def switch_warnings(*, ref: str, is_on: bool) -> None:
    """Behind a warning's link: none by mail any more, or again."""
    AlertWish.objects.filter(ref=ref).update(warnings_by_mail=is_on, changed_at=source.now())
