"""What a person may type: each check returns its problems, with the field, the limit and the value."""

from __future__ import annotations

from datetime import date, time

import h3
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from goodfences import time_zones
from goodfences.errors import Problem
from goodfences.people.models import HIGHEST_CELL, LOWEST_CELL
from goodfences.visible import hidden_problems

NAME_LENGTH = 80


def cell_problems(cell: int) -> list[Problem]:
    """Empty for a real H3 cell of resolution 11."""
    if LOWEST_CELL <= cell <= HIGHEST_CELL and h3.is_valid_cell(h3.int_to_str(cell)):
        return []
    message = _("That isn't a place on our map. Choose it again with the pin.")
    return [Problem("place.cell", "cell", message, limit="H3 resolution 11", value=str(cell)[:24])]


def name_problems(name: str, field: str) -> list[Problem]:
    """Empty for at most 80 characters that can be seen; none is fine."""
    if len(name) <= NAME_LENGTH:
        return hidden_problems(name, field)
    message = _("At most %(max)d characters, please. This has %(length)d.") % {
        "max": NAME_LENGTH,
        "length": len(name),
    }
    return [Problem("name.length", field, message, limit=str(NAME_LENGTH), value=str(len(name)))]


def language_problems(language: str) -> list[Problem]:
    """Empty for a language that the pages speak."""
    spoken = dict(settings.LANGUAGES)
    if language in spoken:
        return []
    message = _("Choose one of: %(choices)s.") % {"choices": ", ".join(spoken.values())}
    return [Problem("language.unknown", "language", message, limit=", ".join(spoken), value=language[:8])]


def time_zone_problems(name: str) -> list[Problem]:
    """Empty for a zone that is offered."""
    if name in time_zones.offered():
        return []
    message = _("“%(name)s” isn't a time zone that we know. Choose one from the list.") % {"name": name[:64]}
    return [Problem("time_zone.unknown", "time_zone", message, limit="IANA time zone", value=name[:64])]


def quiet_problems(quiet_from: time | None, quiet_until: time | None) -> list[Problem]:
    """Empty for no quiet hours, and for a begin and an end that differ."""
    if (quiet_from is None) != (quiet_until is None):
        field = "quiet_until" if quiet_until is None else "quiet_from"
        return [Problem("quiet.ends", field, _("Quiet hours need a begin and an end. Leave both empty for none."))]
    if quiet_from is not None and quiet_from == quiet_until:
        message = _("They begin and end at the same time. To be left alone always, choose not to be asked at all.")
        return [Problem("quiet.length", "quiet_until", message, value=str(quiet_until))]
    return []


def away_problems(away_from: date | None, away_until: date | None) -> list[Problem]:
    """Empty for no days away, and for a first and a last day in that order."""
    if (away_from is None) != (away_until is None):
        field = "away_until" if away_until is None else "away_from"
        return [Problem("away.ends", field, _("Days away need a first and a last day. Leave both empty for none."))]
    if away_from is not None and away_until is not None and away_until < away_from:
        message = _("The last day away is before the first.")
        return [Problem("away.order", "away_until", message, value=away_until.isoformat())]
    return []


def email_problems(email: str, field: str = "email") -> list[Problem]:
    """Empty for something that can be an email address."""
    try:
        validate_email(email)
    except ValidationError:
        message = _("“%(email)s” isn't an email address. It looks like name@example.org.") % {"email": email[:80]}
        return [Problem("email.form", field, message, value=email[:80])]
    return []
