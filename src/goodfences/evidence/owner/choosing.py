"""What an owner may choose for one ask (goodfences.redaction.choosing), and what they add about themselves."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from goodfences.cameras.models import Camera
from goodfences.clips.models import Clip
from goodfences.errors import Problem, Refused
from goodfences.evidence.receipts import TOLD_FIELDS
from goodfences.redaction import choosing
from goodfences.redaction.choosing import Asked, Choice, PlannedCut
from goodfences.video_requests.models.ask import Ask
from goodfences.visible import hidden_problems

__all__ = ["Choice", "PlannedCut", "asked", "cameras_of", "clips_of", "inside_window", "planned", "told"]

TOLD_MAX = {"note": 1000}
_TOLD_MAX = 200
_TOLD_LINES = ("address", "note")


def asked(ask: Ask) -> Asked:
    """What the owner of an ask is asked for: the area and the window of its request."""
    request = ask.video_request
    return Asked(ask.household, request.ranges, request.starts_at, request.ends_at)


def cameras_of(ask: Ask) -> list[Camera]:
    """The household's cameras that this request is about: may be asked, and inside the area."""
    return choosing.cameras_of(asked(ask))


def clips_of(ask: Ask) -> list[Clip]:
    """What those cameras recorded in the request's window, in order of time."""
    return choosing.clips_of(asked(ask))


def inside_window(ask: Ask, clip: Clip) -> tuple[int, int]:
    """The part of the clip that lies in the request's window, in whole milliseconds of the clip."""
    return choosing.inside_window(asked(ask), clip)


def planned(ask: Ask, choices: Sequence[Choice]) -> list[PlannedCut]:
    """What would leave. Raises Refused with every problem; fields are `REF-starts_ms` and so on."""
    return choosing.planned(asked(ask), choices)


def told(given: dict[str, str]) -> dict[str, str]:
    """What the owner adds about themselves, without the fields left empty. Raises Refused."""
    problems = []
    kept = {}
    for field, raw in given.items():
        value = raw.strip()
        limit = TOLD_MAX.get(field, _TOLD_MAX)
        if field not in TOLD_FIELDS:
            problems.append(Problem("told.unknown", field, f"A share has no field {field!r}; nothing was shared."))
        elif len(value) > limit:
            message = _("At most %(max)d characters, please. This has %(length)d.")
            message %= {"max": limit, "length": len(value)}
            problems.append(Problem("told.length", field, message, f"{limit} characters", f"{len(value)} characters"))
        elif hidden := hidden_problems(value, field, lines=field in _TOLD_LINES):
            problems += hidden
        elif field == "email" and value and not _is_email(value):
            message = _("Write an email address, such as name@example.org.")
            problems.append(Problem("told.email", field, message, value=value))
        elif value:
            kept[field] = value
    if problems:
        raise Refused(*problems)
    return kept


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
