"""Ledger entries, states and times in words. Only `body`, which anyone may read, goes into them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from goodfences.agencies import queries
from goodfences.errors import NotFound
from goodfences.ledger.models import LedgerEntry
from goodfences.policy import Rule
from goodfences.video_requests import incidents
from goodfences.web import showing

KINDS: dict[str, Promise] = {
    "policy": gettext_lazy("Policy"),
    "agency.agreement": gettext_lazy("Agreement"),
    "agency.suspended": gettext_lazy("Agency suspended"),
    "agency.officer": gettext_lazy("Officers of an agency"),
    "request.opened": gettext_lazy("Request opened"),
    "request.rejected": gettext_lazy("Request refused"),
    "request.closed": gettext_lazy("Request closed"),
    "request.withdrawn": gettext_lazy("Request withdrawn"),
    "moderation.counts": gettext_lazy("Moderation in numbers"),
}
STATES: dict[str, Promise] = {
    "open": gettext_lazy("open"),
    "closed": gettext_lazy("closed"),
    "withdrawn": gettext_lazy("withdrawn"),
    "rejected": gettext_lazy("refused"),
}
ENDS: dict[str, Promise] = {
    "closed": gettext_lazy("the agency closed its request"),
    "withdrawn": gettext_lazy("the agency withdrew its request"),
    "expired": gettext_lazy("its request ran out"),
    "suspended": gettext_lazy("its request ended with its suspension"),
}
CHANGES: dict[str, Promise] = {
    "added": gettext_lazy("added"),
    "changed": gettext_lazy("given another role"),
    "deactivated": gettext_lazy("signed out for good"),
    "reactivated": gettext_lazy("back"),
}
ROLES: dict[str, Promise] = {
    "requester": gettext_lazy("requester"),
    "approver": gettext_lazy("approver"),
    "admin": gettext_lazy("admin"),
    "auditor": gettext_lazy("auditor"),
}
AGENCIES: dict[str, Promise] = {
    "police": gettext_lazy("Police"),
    "sheriff": gettext_lazy("Sheriff"),
    "fire": gettext_lazy("Fire department"),
}


def kind(name: str) -> str:
    """What sort of entry this is."""
    return str(KINDS.get(name, name))


def summary(entry: LedgerEntry) -> str:
    """One line that says what an entry says."""
    body = entry.body
    if body is None:
        return _("What this entry said was erased, as the law demanded; its place in the log stays")
    if entry.kind == "policy":
        return _("The policy in force, version %(version)s") % {"version": _of(body, "policy", "version")}
    if entry.kind.startswith("agency."):
        return _agency(entry.kind, body)
    if entry.kind.startswith("moderation."):
        return _("Reports and rulings of %(month)s") % {"month": body.get("month", "")}
    return _request(entry.kind, body)


def incident(incident_type: str) -> str:
    """The incident type in the reader's language."""
    return incidents.in_words(incident_type, (get_language() or "").split("-")[0])


def of_policy(text: str) -> str:
    """A rule's title or explanation in the reader's language; an operator's own words as they stand."""
    return _(text) if text else ""


def limit(rule: Rule) -> str:
    """A rule's limit with its unit, in the reader's language; empty where a rule has none."""
    if rule.figure is None:
        return ""
    words = _units(rule.figure).get(rule.unit)
    return words % {"figure": _figure(rule.figure)} if words else rule.limit


def link(entry: LedgerEntry) -> str:
    """The page about what the entry is about; empty where there is none."""
    body = entry.body or {}
    if entry.kind == "policy":
        return reverse("public:policy")
    if entry.kind.startswith("moderation."):
        return reverse("public:rulings")
    if entry.subject.startswith("request:"):
        return reverse("public:request", args=[entry.subject.removeprefix("request:")])
    slug = body.get("agency")
    return reverse("public:agency", args=[slug]) if isinstance(slug, str) and slug else ""


def day(at: datetime) -> str:
    """`November 24, 2026`, in the reader's zone: always with the year, because the record is read for years."""
    return date_format(timezone.localtime(at), pgettext("day and year", "F j, Y"))


def moment(at: datetime, zone: str) -> str:
    """`Nov 24, 2:10 am`, on the clocks of `zone`: for tables."""
    with _on_clocks_of(zone):
        return showing.moment(at, short=True)


def window(starts_at: datetime, ends_at: datetime, zone: str) -> str:
    """`Nov 24, 2:10 to 3:40 am`, on the clocks of `zone`: that is where it happened, wherever one reads it."""
    with _on_clocks_of(zone):
        return showing.window(starts_at, ends_at, short=True)


def long_window(starts_at: datetime, ends_at: datetime, zone: str) -> str:
    """`Tuesday, November 24, 2:10 to 3:40 am`."""
    with _on_clocks_of(zone):
        return showing.window(starts_at, ends_at)


def _on_clocks_of(zone: str) -> AbstractContextManager[None]:
    try:
        return timezone.override(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return timezone.override(None)


def _agency(name: str, body: dict[str, Any]) -> str:
    if name == "agency.agreement":
        given = {"name": body.get("name", ""), "signed_by": body.get("signed_by", "")}
        return _("%(name)s signed its agreement, by %(signed_by)s") % given
    if name == "agency.suspended":
        return _("%(name)s: %(reason)s") % {"name": body.get("name", ""), "reason": body.get("reason", "")}
    change = str(body.get("change", ""))
    role = str(body.get("role", ""))
    given = {
        "agency": _agency_name(str(body.get("agency", ""))),
        "who": body.get("shown_as", ""),
        "role": ROLES.get(role, role),
        "change": CHANGES.get(change, change),
    }
    return _("%(agency)s: %(who)s, %(role)s, %(change)s") % given


def _agency_name(slug: str) -> str:
    """As its page is headed; the slug itself where there is no such agency any more."""
    try:
        return queries.agency(slug).name
    except NotFound:
        return slug


def _request(name: str, body: dict[str, Any]) -> str:
    if name in ("request.opened", "request.rejected"):
        what = incident(str(body.get("incident_type", "")))
        given = {"agency": body.get("agency_name", ""), "incident": what, "place": body.get("place_name", "")}
        return _("%(agency)s: %(incident)s, %(place)s") % given
    how = str(body.get("ended", ""))
    return _("%(agency)s: %(how)s") % {"agency": body.get("agency_name", ""), "how": ENDS.get(how, how)}


def _units(figure: float) -> dict[str, str]:
    """The policy's units beside `figure`; how many it is decides between one and several."""
    many = 1 if figure == 1 else 2  # 1.5 hours are several
    return {
        "square miles": ngettext("%(figure)s square mile", "%(figure)s square miles", many),
        "minutes": ngettext("%(figure)s minute", "%(figure)s minutes", many),
        "hours": ngettext("%(figure)s hour", "%(figure)s hours", many),
        "days": ngettext("%(figure)s day", "%(figure)s days", many),
        "characters": ngettext("%(figure)s character", "%(figure)s characters", many),
        "words": ngettext("%(figure)s word", "%(figure)s words", many),
        "requests": ngettext("%(figure)s request", "%(figure)s requests", many),
        "homes": ngettext("%(figure)s home", "%(figure)s homes", many),
        "asks": ngettext("%(figure)s ask", "%(figure)s asks", many),
    }


def _figure(figure: float) -> str:
    whole, _dot, decimals = f"{figure:f}".rstrip("0").partition(".")
    return number_format(figure, len(decimals)) if decimals else number_format(whole)


def _of(body: dict[str, Any], *keys: str) -> str:
    value: Any = body
    for key in keys:
        value = value.get(key, "") if isinstance(value, dict) else ""
    return str(value)
