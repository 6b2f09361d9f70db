"""Ledger entries, states and times in words. Only `body`, which anyone may read, goes into them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
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
from goodfences.joining.models import Application
from goodfences.ledger.models import LedgerEntry
from goodfences.policy import Rule, in_force
from goodfences.video_requests import incidents
from goodfences.web import showing

KINDS: dict[str, Promise] = {
    "policy": gettext_lazy("Policy"),
    "agency.applied": gettext_lazy("Agreement announced"),
    "agency.application_ended": gettext_lazy("Announced agreement ended"),
    "agency.agreement": gettext_lazy("Agreement"),
    "agency.suspended": gettext_lazy("Agency suspended"),
    "agency.terminated": gettext_lazy("Agreement terminated"),
    "agency.overseen": gettext_lazy("Oversight of an agency"),
    "agency.finding": gettext_lazy("Finding of an oversight body"),
    "agency.officer": gettext_lazy("Officers of an agency"),
    "agency.rechecked": gettext_lazy("Officers of an agency re-checked"),
    "agency.reviewed": gettext_lazy("An agency’s auditor in numbers"),
    "request.opened": gettext_lazy("Request opened"),
    "request.rejected": gettext_lazy("Request refused"),
    "request.closed": gettext_lazy("Request closed"),
    "request.withdrawn": gettext_lazy("Request withdrawn"),
    "request.helped": gettext_lazy("Whether it helped"),
    "request.handed_on": gettext_lazy("Shared video handed on"),
    "request.video_held": gettext_lazy("Shared video on legal hold"),
    "request.video_deleted": gettext_lazy("Shared video deleted"),
    "request.deletion_answered": gettext_lazy("Answer to a request to delete"),
    "request.deletion_overdue": gettext_lazy("No answer to a request to delete"),
    "request.question_asked": gettext_lazy("Question to an owner"),
    "request.reuse_asked": gettext_lazy("Owner asked for another case"),
    "appeal.opened": gettext_lazy("Public appeal opened"),
    "appeal.rejected": gettext_lazy("Public appeal refused"),
    "appeal.closed": gettext_lazy("Public appeal closed"),
    "appeal.video_held": gettext_lazy("Handed-in video on legal hold"),
    "appeal.video_deleted": gettext_lazy("Handed-in video deleted"),
    "warning.issued": gettext_lazy("Official warning issued"),
    "warning.called_off": gettext_lazy("Official warning called off"),
    "legal_demand.counted": gettext_lazy("Legal demands in numbers"),
    "legal_demand.published": gettext_lazy("Legal demand"),
    "moderation.counts": gettext_lazy("Moderation in numbers"),
    "totals.released": gettext_lazy("Asked and declined, with noise"),
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
AFTER: dict[str, Promise] = {
    "request.video_held": gettext_lazy("it put a shared video on legal hold"),
    "request.video_deleted": gettext_lazy("the copy of a shared video that was kept for it was deleted"),
    "request.deletion_overdue": gettext_lazy("it has not answered in time whether it deletes a video"),
    "request.question_asked": gettext_lazy("it asked the owner of a shared video one question"),
    "request.reuse_asked": gettext_lazy("it asked an owner whether a video may serve another case"),
}
HANDED_IN: dict[str, Promise] = {
    "appeal.video_held": gettext_lazy("it put a handed-in video on legal hold"),
    "appeal.video_deleted": gettext_lazy("the copy of a handed-in video that was kept for it was deleted"),
}
HANDED: dict[str, Promise] = {
    "defense": gettext_lazy("it handed a shared video on to the defense"),
    "prosecutor": gettext_lazy("it handed a shared video on to the prosecutor"),
    "court": gettext_lazy("it handed a shared video on to the court"),
    "agency": gettext_lazy("it handed a shared video on to another agency with an agreement"),
}
CHANGES: dict[str, Promise] = {
    "added": gettext_lazy("added"),
    "role": gettext_lazy("given another role"),
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
REUSE: dict[str, Promise] = {
    "case": gettext_lazy("for that case alone"),
    "court": gettext_lazy("for that case, its prosecution, its defense and its court"),
}
NOTICE_ENDS: dict[str, Promise] = {
    "refused": gettext_lazy("the operator refused its agreement"),
    "withdrawn": gettext_lazy("it withdrew its agreement before it took effect"),
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
    if entry.kind == "legal_demand.counted":
        return _("Legal demands of %(year)s, in bands") % {"year": body.get("year", "")}
    if entry.kind == "legal_demand.published":
        return _("%(name)s: %(reason)s") % {"name": body.get("authority", ""), "reason": body.get("scope", "")}
    if entry.kind.startswith("appeal."):
        return _appeal(entry.kind, body)
    if entry.kind.startswith("warning."):
        return _warning(body)
    if entry.kind == "totals.released":
        given = {"agency": body.get("agency_name", ""), "quarter": body.get("quarter", "")}
        return _("%(agency)s: about how many homes were asked and declined in %(quarter)s") % given
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


def notice(one: Application) -> str:
    """Where an announced agreement stands."""
    if one.state == Application.State.IN_FORCE and one.ended_at:
        return _("In force since %(day)s.") % {"day": day(one.ended_at)}
    if one.state == Application.State.REFUSED:
        return _("Refused by the operator.")
    if one.state == Application.State.WITHDRAWN:
        return _("Withdrawn by the agency.")
    assert one.notice_until is not None
    return _("Takes effect on %(day)s.") % {"day": day(one.notice_until)}


def stricter(limits: dict[str, Any]) -> list[dict[str, str]]:
    """The agency's own limits beside everyone's, in words."""
    policy = in_force()
    own = policy.with_stricter(limits)
    rows = [
        {"title": of_policy(rule.title), "own": limit(own.rule(rule.name)), "all": limit(rule)}
        for rule in policy.rules
        if rule.name in limits
    ]
    if "incident_types" in limits:
        rows.append(
            {
                "title": _("Types of incident"),
                "own": ", ".join(incident(key) for key in own.incident_types),
                "all": _("all types"),
            }
        )
    return rows


def link(entry: LedgerEntry) -> str:
    """The page about what the entry is about; empty where there is none."""
    body = entry.body or {}
    if entry.kind == "policy":
        return reverse("public:policy")
    if entry.kind.startswith("moderation."):
        return reverse("public:rulings")
    if entry.subject.startswith("application:"):
        return reverse("public:notice", args=[entry.subject.removeprefix("application:")])
    if entry.kind == "totals.released":
        return reverse("public:totals")
    if entry.subject.startswith("request:"):
        return reverse("public:request", args=[entry.subject.removeprefix("request:")])
    if entry.kind == "legal_demand.counted":
        return reverse("public:legal_demands")
    if entry.subject.startswith("legal-demand:"):
        return reverse("public:legal_demand", args=[entry.subject.removeprefix("legal-demand:")])
    if entry.subject.startswith("appeal:"):
        return reverse("public:video_appeal", args=[entry.subject.removeprefix("appeal:")])
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
    if name == "agency.applied":
        given = {"name": body.get("name", ""), "version": body.get("version", "")}
        return _("%(name)s: agreement %(version)s is announced") % given
    if name == "agency.application_ended":
        how = NOTICE_ENDS.get(str(body.get("how", "")), "")
        return _("%(agency)s: %(how)s") % {"agency": body.get("name", ""), "how": how}
    if name == "agency.overseen":
        given = {"name": body.get("name", ""), "body": body.get("body", "")}
        return _("%(name)s is overseen by %(body)s") % given
    if name == "agency.finding":
        given = {"name": body.get("name", ""), "body": body.get("body", ""), "title": body.get("title", "")}
        return _("%(body)s about %(name)s: %(title)s") % given
    if name == "agency.suspended" and body.get("by"):
        given = {"name": body.get("name", ""), "by": body.get("by", ""), "reason": body.get("reason", "")}
        return _("%(name)s, by %(by)s: %(reason)s") % given
    if name in ("agency.suspended", "agency.terminated"):
        return _("%(name)s: %(reason)s") % {"name": body.get("name", ""), "reason": body.get("reason", "")}
    if name == "agency.rechecked":
        given = {key: body.get(key, "") for key in ("quarter", "confirmed", "deactivated")}
        given["agency"] = _agency_name(str(body.get("agency", "")))
        return _("%(agency)s, %(quarter)s: %(confirmed)s confirmed, %(deactivated)s without access since") % given
    if name == "agency.reviewed":
        given = {key: body.get(key, "") for key in ("name", "month", "pointed_at", "fine", "not_fine", "waiting")}
        return (
            _(
                "%(name)s, %(month)s: rules pointed at requests %(pointed_at)s times; its auditor found "
                "%(fine)s fine and %(not_fine)s not fine; waiting: %(waiting)s"
            )
            % given
        )
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
    said = after(name, body) or str(ENDS.get(how, how))
    return _("%(agency)s: %(how)s") % {"agency": body.get("agency_name", ""), "how": said}


def after(name: str, body: dict[str, Any]) -> str:
    """What an entry says of what became of shared video; empty for one about anything else."""
    if name == "request.helped":
        helped = body.get("helped") == "yes"
        return _("it says that what was shared helped") if helped else _("it says that what was shared didn’t help")
    if name == "request.handed_on":
        return str(HANDED.get(str(body.get("to", "")), ""))
    if name == "request.deletion_answered":
        given = {"why": body.get("why", ""), "law": body.get("law", "")}
        if body.get("answer") == "deleted":
            return _("asked by an owner to delete a video, it answered that every copy is deleted: “%(why)s”") % given
        return _("asked by an owner to delete a video, it answered that it keeps it: “%(why)s” (%(law)s)") % given
    return str(AFTER.get(name, ""))


def became_of_it(entries: Iterable[LedgerEntry]) -> list[tuple[str, int]]:
    """What became of the video that was shared for a request, each with how often, in the order in which it began."""
    said = [after(entry.kind, entry.body) for entry in entries if entry.body]
    return list(Counter(text for text in said if text).items())


def _appeal(name: str, body: dict[str, Any]) -> str:
    agency = body.get("agency_name", "")
    if name in ("appeal.video_held", "appeal.video_deleted"):
        what = HANDED_IN[name]
        return _("%(agency)s: %(how)s") % {"agency": body.get("agency_name", ""), "how": what}
    if name == "appeal.closed":
        videos = int(body.get("videos_received", 0))
        words = ngettext("%(agency)s: %(videos)d video came in", "%(agency)s: %(videos)d videos came in", videos)
        return words % {"agency": agency, "videos": videos}
    return _("%(name)s: %(reason)s") % {"name": agency, "reason": body.get("title", "")}


def _warning(body: dict[str, Any]) -> str:
    said = {one["language"]: one["headline"] for one in body.get("words", [])}
    headline = said.get((get_language() or "").split("-")[0]) or said.get("en") or body.get("headline", "")
    return _("%(name)s: %(reason)s") % {"name": body.get("agency_name", ""), "reason": headline}


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
        "areas": ngettext("%(figure)s area", "%(figure)s areas", many),
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
