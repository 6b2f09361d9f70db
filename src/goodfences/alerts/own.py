"""What is warned of from here, by the operator or in an agency's name, as CAP 1.2 that others can take.

Its area leaves as the coarse cells that it touches, as all places do. What agencies do before is `alerts.portal`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from goodfences import places, source
from goodfences.agencies import access
from goodfences.agencies.models import Agency
from goodfences.alerts import public, taking
from goodfences.alerts.cap import message as cap
from goodfences.alerts.cap import writing
from goodfences.alerts.models import OfficialWarning, Severity, WarningSource
from goodfences.errors import NotFound, Problem, Refused
from goodfences.visible import hidden_problems

CATEGORIES = (
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
)
URGENCIES = ("Immediate", "Expected", "Future", "Past", "Unknown")
CERTAINTIES = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")
LANGUAGES = ("en", "es")
SHORTEST, LONGEST = timedelta(minutes=15), timedelta(days=7)
_LENGTHS = {"event": 80, "headline": 160, "description": 4000, "instruction": 2000, "area_name": 160}
_NEEDED = ("event", "headline", "description", "area_name")


@dataclass(frozen=True)
class Words:
    """A warning in one language."""

    language: str
    event: str
    headline: str
    description: str
    instruction: str = ""


@dataclass(frozen=True)
class Particulars:
    """What is warned of. `cells` are the coarse ones that what was drawn touches; `area_name` says it in words."""

    words: tuple[Words, ...]
    category: str
    severity: str
    urgency: str
    certainty: str
    expires_at: datetime | None
    area_name: str
    cells: tuple[int, ...]


def issue(*, operator: Any, particulars: Particulars) -> OfficialWarning:
    """Warn in the name of this instance; public at once. Raises `Refused` with every problem."""
    access.require_operator(operator)
    if found := problems(particulars):
        raise Refused(*found)
    return send(infos(particulars, settings.INSTANCE_NAME), kind="Alert")


def call_off(*, operator: Any, ref: str) -> OfficialWarning:
    """End a warning of our own before its time. Raises `NotFound` for any other, and for one that has ended."""
    access.require_operator(operator)
    found = OfficialWarning.objects.filter(ref=ref, origin__kind=WarningSource.Kind.OWN, ended_at=None).first()
    if found is None or found.kind == OfficialWarning.Kind.CANCEL:
        raise NotFound
    return send((), kind="Cancel", ends=found)


def drop(warning: OfficialWarning) -> OfficialWarning:
    """Say that another's warning is no longer shown here: its source was stopped. Its row is the caller's to end."""
    told = tuple(_no_longer_shown(warning, language) for language in LANGUAGES)
    return send(told, kind="Cancel", ends=warning)


def _no_longer_shown(warning: OfficialWarning, language: str) -> cap.Info:
    """Of the danger it says nothing: whoever sent the warning may still stand by it."""
    said = public.said(warning, language)
    names = {"instance": settings.INSTANCE_NAME, "source": warning.origin.name}
    with translation.override(language):
        return cap.Info(
            language=tag(language),
            categories=tuple(said["categories"]),
            event=said["event"],
            urgency="Unknown",
            severity="Unknown",
            certainty="Unknown",
            sender_name=settings.INSTANCE_NAME,
            headline=said["headline"],
            description=_(
                "%(instance)s takes no more warnings from %(source)s, and so it no longer shows this one. It doesn’t"
                " say that the danger is over."
            )
            % names,
            instruction=_("Look at what %(source)s itself says now.") % names,
        )


def source_of_own() -> WarningSource:
    """The row that stands for this instance; made on first use."""
    found, _new = WarningSource.objects.get_or_create(
        kind=WarningSource.Kind.OWN, defaults={"name": settings.INSTANCE_NAME[:80], "senders": [sender()]}
    )
    return found


def sender() -> str:
    """By which others know our messages: CAP wants something like an email address, unique to whoever sends."""
    return f"warnings@{urlsplit(settings.SITE_URL).hostname}"


def send(
    told: tuple[cap.Info, ...],
    *,
    kind: str,
    ends: OfficialWarning | None = None,
    agency: Agency | None = None,
    ref: str = "",
) -> OfficialWarning:
    """Make it a message and take it as such: public at once. `ends` is what it replaces or calls off.

    `ref` is by what its page is known; one is drawn where it is empty.
    """
    references = (cap.Reference(ends.sender, ends.identifier, ends.sent_at),) if ends else ()
    message = cap.Message(
        identifier=f"goodfences-{source.new_ref('cap_identifier')}",
        sender=sender(),
        sent=source.now().replace(microsecond=0),
        status="Actual",
        msg_type=kind,
        scope="Public",
        references=references,
        infos=told,
    )
    written = taking.write(
        origin=source_of_own(), message=message, original=writing.write(message), agency=agency, ref=ref
    )
    assert written is not None
    return written


def infos(given: Particulars, sender_name: str) -> tuple[cap.Info, ...]:
    """What it says, language by language, of particulars without a problem."""
    area = cap.Area(description=given.area_name.strip(), polygons=tuple(_outlines(given.cells)))
    return tuple(_info(words, given, area, sender_name) for words in given.words)


def _info(words: Words, given: Particulars, area: cap.Area, sender_name: str) -> cap.Info:
    return cap.Info(
        language=tag(words.language),
        categories=(given.category,),
        event=words.event.strip(),
        urgency=given.urgency,
        severity=given.severity,
        certainty=given.certainty,
        expires=given.expires_at.replace(microsecond=0) if given.expires_at else None,
        sender_name=sender_name,
        headline=words.headline.strip(),
        description=words.description.strip(),
        instruction=words.instruction.strip(),
        areas=(area,),
    )


def tag(language: str) -> str:
    """As CAP names a language (RFC 3066)."""
    return {"en": "en-US", "es": "es-US"}.get(language, language)


def _outlines(cells: Iterable[int]) -> Iterable[tuple[cap.Position, ...]]:
    """The outer outlines of coarse cells; a hole is warned along with what is around it."""
    for polygon in places.coarse_outline(cells)["coordinates"]:
        yield tuple((lat, lon) for lon, lat in polygon[0])


def problems(given: Particulars) -> list[Problem]:
    """All that keeps it from being a warning, at once."""
    found: list[Problem] = []
    for words in given.words or (Words("en", "", "", ""),):
        texts = {name: getattr(words, name) for name in ("event", "headline", "description", "instruction")}
        for name, text in (texts | {"area_name": given.area_name}).items():
            suffix = "" if words.language == "en" or name == "area_name" else f"_{words.language}"
            found += _text_problems(name, text.strip(), name + suffix)
    if not given.cells:
        found.append(Problem("warning.area", "area", _("Draw the area that the warning is for.")))
    choices = {
        "category": CATEGORIES,
        "severity": Severity.values,
        "urgency": URGENCIES,
        "certainty": CERTAINTIES,
    }
    for name, values in choices.items():
        if getattr(given, name) not in values:
            found.append(Problem(f"warning.{name}", name, _("Choose one of the list.")))
    now = source.now()
    if given.expires_at is None or not now + SHORTEST <= given.expires_at <= now + LONGEST:
        message = _("A warning ends 15 minutes to 7 days from now.")
        found.append(Problem("warning.expires", "expires_at", message))
    return list(dict.fromkeys(found))


def _text_problems(name: str, text: str, field: str) -> list[Problem]:
    if (name in _NEEDED and not text) or len(text) > _LENGTHS[name]:
        message = _("Write 1 to %(max)d letters here.") % {"max": _LENGTHS[name]}
        return [Problem(f"warning.{name}", field, message, limit=str(_LENGTHS[name]))]
    return hidden_problems(text, field, lines=name in ("description", "instruction"))
