"""Official warnings in the reader's words, for every page that shows one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from goodfences.alerts import public
from goodfences.alerts.models import OfficialWarning


@dataclass(frozen=True)
class Shown:
    """A warning as pages and feeds say it."""

    ref: str
    by: str
    headline: str
    event: str
    description: str
    instruction: str
    severity: str
    severity_words: str
    urgency_words: str
    certainty_words: str
    where: list[str]
    categories: list[str]
    web: str
    contact: str
    language: str
    sent_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    is_in_force: bool
    is_cancellation: bool
    is_dropped: bool
    is_test: bool
    signed: bool
    is_placed: bool
    everywhere: bool
    is_own: bool
    is_of_agency: bool
    is_grave: bool


def shown(warning: OfficialWarning) -> Shown:
    """In the language of the page, as far as the sender wrote it."""
    language = get_language() or "en"
    said = public.said(warning, language)
    is_cancellation = warning.kind == OfficialWarning.Kind.CANCEL
    is_dropped = is_cancellation and public.is_of_another(warning)
    event = said.get("event", "")
    headline = said.get("headline") or event
    if is_cancellation:
        ended = public.said_of_ended(warning, language)
        headline = ended.get("headline") or ended.get("event") or headline
        words = _("No longer shown: %(what)s") if is_dropped else _("Ended: %(what)s")
        headline = words % {"what": headline} if headline else _("A warning was called off")
    return Shown(
        ref=warning.ref,
        by=_by(warning),
        headline=headline,
        event=event,
        description=said.get("description", ""),
        instruction=said.get("instruction", ""),
        severity=warning.severity,
        severity_words=severity(warning.severity),
        urgency_words=urgency(said.get("urgency", "")),
        certainty_words=certainty(said.get("certainty", "")),
        where=said.get("areas", []),
        categories=said.get("categories", []),
        web=said.get("web", ""),
        contact=said.get("contact", ""),
        language=said.get("language", "en"),
        sent_at=warning.sent_at,
        expires_at=warning.expires_at,
        ended_at=warning.ended_at,
        is_in_force=public.is_in_force(warning),
        is_cancellation=is_cancellation,
        is_dropped=is_dropped,
        is_test=warning.is_test,
        signed=warning.signed,
        is_placed=bool(warning.cells),
        everywhere=warning.everywhere,
        is_own=warning.origin.kind == "own" and warning.agency is None,
        is_of_agency=warning.agency is not None,
        is_grave=warning.severity in ("Extreme", "Severe") and not warning.is_test,
    )


def severity(value: str) -> str:
    """CAP's severity in words, as its standard explains them."""
    return {
        "Extreme": _("Extreme: an extraordinary threat to life or property"),
        "Severe": _("Severe: a significant threat to life or property"),
        "Moderate": _("Moderate: a possible threat to life or property"),
        "Minor": _("Minor: little or no known threat to life or property"),
    }.get(value, _("How severe it is isn’t known"))


def _by(warning: OfficialWarning) -> str:
    if warning.agency is not None:
        return warning.agency.name
    return warning.origin.name


def urgency(value: str) -> str:
    """CAP's urgency in words; empty where it isn't known."""
    return {
        "Immediate": pgettext("urgency", "Act at once"),
        "Expected": pgettext("urgency", "Act soon, within the next hour"),
        "Future": pgettext("urgency", "Act in the near future"),
        "Past": pgettext("urgency", "Nothing has to be done any more"),
    }.get(value, "")


def certainty(value: str) -> str:
    """CAP's certainty in words; empty where it isn't known."""
    return {
        "Observed": pgettext("certainty", "It has happened, or is happening"),
        "Likely": pgettext("certainty", "Likely, more than an even chance"),
        "Possible": pgettext("certainty", "Possible, but not likely"),
        "Unlikely": pgettext("certainty", "Not expected to happen"),
    }.get(value, "")
