"""The one place that says whether a neighbor may ask this: every broken rule at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from goodfences import source
from goodfences.errors import Problem
from goodfences.neighbor_requests import rules, texts
from goodfences.neighbor_requests.models import HomeMoved, NeighborRequest
from goodfences.neighbor_requests.rules import Rules
from goodfences.people import queries as people
from goodfences.people.models import Account, Household


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A request as it was filled in; what is missing is empty or None. Times have a time zone."""

    kind: str = ""
    reason: str = ""
    name: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_own: bool = False


def problems(draft: Draft, account: Account, household: Household) -> list[Problem]:
    """Every rule that the request would break. Knows the asker's own rows and the clock alone (P2)."""
    limits, now = rules.in_force(), source.now()
    return [
        *_who(account, household, limits, now),
        *_how_often(account, household, limits, now),
        *_what(draft, limits),
        *_when(draft, limits, now),
    ]


def may_ask_from(account: Account, household: Household) -> datetime:
    """From when on the person is known here long enough."""
    limits = rules.in_force()
    return max(_place_from(account, household, limits), _account_from(account, limits))


def asked_lately(account: Account, household: Household) -> int:
    """How many requests count against the limit."""
    since = source.now() - rules.in_force().requests_period
    mine = Q(asker=account) | Q(household=household)
    return NeighborRequest.objects.filter(mine, created_at__gt=since).count()


def _account_from(account: Account, limits: Rules) -> datetime:
    return account.created_at + timedelta(days=limits.account_age_days)


def _place_from(account: Account, household: Household, limits: Rules) -> datetime:
    since = people.settled_since(account, household)
    moved = HomeMoved.objects.filter(household=household).first()
    return max(since, moved.at if moved else since) + timedelta(days=limits.place_age_days)


def _who(account: Account, household: Household, limits: Rules, now: datetime) -> list[Problem]:
    found = []
    if not people.has_confirmed(account):
        message = _("Confirm your email address first: neighbors are asked by people who can be written to.")
        found.append(Problem("account.confirmed", "", message))
    if now < _account_from(account, limits):
        days = limits.account_age_days
        message = ngettext(
            "You can ask once your account is %(days)d day old.",
            "You can ask once your account is %(days)d days old.",
            days,
        )
        found.append(Problem("account.age", "", message % {"days": days}, limit=str(days)))
    if now < _place_from(account, household, limits):
        days = limits.place_age_days
        message = ngettext(
            "You can ask once this has been your place for %(days)d day.",
            "You can ask once this has been your place for %(days)d days.",
            days,
        )
        found.append(Problem("place.age", "", message % {"days": days}, limit=str(days)))
    return found


def _how_often(account: Account, household: Household, limits: Rules, now: datetime) -> list[Problem]:
    if asked_lately(account, household) < limits.requests_max:
        return []
    message = _("Your household has asked %(max)d times within %(days)d days, and no more is possible for now.")
    message %= {"max": limits.requests_max, "days": limits.requests_period_days}
    return [Problem("requests.max", "", message, limit=str(limits.requests_max))]


def _what(draft: Draft, limits: Rules) -> list[Problem]:
    found = []
    if draft.kind not in NeighborRequest.Kind.values:
        found.append(Problem("kind.listed", "kind", _("Choose what happened."), value=draft.kind[:20]))
    if not draft.is_own:
        message = _("You can ask about what happened to you or to what is yours, and about nothing else.")
        found.append(Problem("incident.own", "is_own", message))
    least, most = limits.reason_min_characters, limits.reason_max_characters
    found += texts.problems(
        draft.reason.strip(), "reason", least=least, most=most, is_pet=draft.kind == NeighborRequest.Kind.LOST_PET
    )
    found += texts.name_problems(draft.name.strip(), "name", most=limits.name_max_characters)
    return found


def _when(draft: Draft, limits: Rules, now: datetime) -> list[Problem]:
    if draft.starts_at is None or draft.ends_at is None:
        field = "starts_at" if draft.starts_at is None else "ends_at"
        return [Problem("window.given", field, _("Say from when to when it may have happened."))]
    if draft.ends_at <= draft.starts_at:
        return [Problem("window.order", "ends_at", _("The end must come after the start."))]
    found = []
    if draft.ends_at - draft.starts_at > limits.window_max:
        hours = limits.window_max_minutes / 60
        message = _("Ask about at most %(hours)g hours: a neighbor is asked about one moment, not about a day.")
        found.append(Problem("window.max", "ends_at", message % {"hours": hours}, limit=f"{hours:g} hours"))
    if draft.starts_at < now - limits.window_age:
        message = _("Ask about the last %(days)d days; most cameras keep no more.") % {"days": limits.window_age_days}
        found.append(Problem("window.age", "starts_at", message, limit=f"{limits.window_age_days} days"))
    if draft.ends_at > now:
        message = _("That is still to come. Only what was recorded can be asked for.")
        found.append(Problem("window.future", "ends_at", message, limit="now"))
    return found
