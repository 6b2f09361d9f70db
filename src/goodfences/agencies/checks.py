"""What an agency's and an officer's own particulars must look like: every problem at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils.text import slugify

from goodfences import time_zones
from goodfences.agencies.federal import federal_or_immigration
from goodfences.agencies.models import Agency, Officer
from goodfences.errors import Problem
from goodfences.places import coarse
from goodfences.policy import in_force
from goodfences.visible import hidden_problems

AGREEMENT_MIN = 200
BADGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,19}")
_TITLE = re.compile(r"[^\W\d_][^\W_ -]*([ .'-][^\W_]+)*\.?")


@dataclass(frozen=True, kw_only=True)
class AgencyParticulars:
    """What is written down when an agency joins, all of it public. `place_cell` is an H3 cell at resolution 8.

    `domain` is the official one, proven before the notice began; `area` the jurisdiction as `places.jurisdiction`
    cleaned it; `responsible` a name and office. They are empty where an operator admits an agency without a notice.
    """

    name: str
    kind: str
    jurisdiction: str
    contact_email: str
    website: str
    time_zone: str
    place_cell: int
    domain: str = ""
    area: dict[str, Any] | None = None
    responsible: str = ""
    retention_days: int = 90
    reuse: str = Agency.Reuse.COURT

    @property
    def slug(self) -> str:
        return slugify(self.name)[:50].strip("-")


@dataclass(frozen=True, kw_only=True)
class OfficerParticulars:
    """What an admin writes down about an officer. `title` and `badge` are published, `name` is for colleagues."""

    email: str
    name: str
    role: str
    title: str
    badge: str
    contact: str


def agency_problems(given: AgencyParticulars) -> list[Problem]:
    """Everything that is wrong with an agency's particulars."""
    problems = [
        *hidden_problems(given.name, "name"),
        *hidden_problems(given.jurisdiction, "jurisdiction"),
        *hidden_problems(given.website, "website"),
        *_length("agency.name", "name", given.name, 3, 120),
        *_length("agency.jurisdiction", "jurisdiction", given.jurisdiction, 2, 160),
        *_email("agency.contact", "contact_email", given.contact_email),
        *_local(given),
    ]
    if not given.slug and given.name.strip():
        problems.append(Problem("agency.name", "name", "Write the name with at least one Latin letter or digit."))
    if given.website and not _is_web_address(given.website):
        message = "Write the website's whole address, beginning with https://, or leave it empty."
        problems.append(Problem("agency.website", "website", message, value=given.website))
    if given.time_zone not in time_zones.known():
        message = "Choose a time zone by its name, such as America/New_York."
        problems.append(Problem("agency.time_zone", "time_zone", message, value=given.time_zone))
    if not _is_public_cell(given.place_cell):
        problems.append(Problem("agency.place", "place", "Put a pin on the map in the middle of the jurisdiction."))
    return [*problems, *hidden_problems(given.responsible, "responsible"), *_keeping(given)]


def agreement_problems(text: str, signed_by: str) -> list[Problem]:
    """Everything that is wrong with an agreement's text and signature."""
    return [
        *hidden_problems(text, "agreement_text", lines=True),
        *hidden_problems(signed_by, "signed_by"),
        *_length("agreement.text", "agreement_text", text, AGREEMENT_MIN, 50_000),
        *_length("agreement.signed_by", "signed_by", signed_by, 3, 120),
    ]


def officer_problems(given: OfficerParticulars, *, badge_later: bool = False) -> list[Problem]:
    """Everything that is wrong with an officer's particulars, whoever else there is."""
    problems = [
        *hidden_problems(given.name, "name"),
        *hidden_problems(given.title, "title"),
        *hidden_problems(given.contact, "contact"),
        *_email("officer.email", "email", given.email),
        *_length("officer.name", "name", given.name, 2, 80),
        *_length("officer.title", "title", given.title, 2, 60),
        *_length("officer.contact", "contact", given.contact, 3, 120),
    ]
    if given.role not in Officer.Role.values:
        message = f"Choose a role: {', '.join(Officer.Role.values)}."
        problems.append(Problem("officer.role", "role", message, value=given.role))
    if len(given.title.strip()) >= 2 and not _TITLE.fullmatch(given.title.strip()):
        message = "Write a title in letters, such as Sergeant: it is published with the badge."
        problems.append(Problem("officer.title", "title", message, value=given.title))
    return problems if badge_later and not given.badge else [*problems, *badge_problems(given.badge)]


def badge_problems(badge: str) -> list[Problem]:
    """What is wrong with a badge number, whoever else has it."""
    if BADGE.fullmatch(badge):
        return []
    message = "Write the badge number in letters, digits and hyphens, at most 20: it is published."
    return [Problem("officer.badge", "badge", message, limit="20 characters", value=badge)]


def is_at(host: str, domain: str) -> bool:
    """Whether a host is the domain's own: the domain itself or below it, however it is written."""
    host, domain = host.strip().lower().rstrip("."), domain.lower()
    return host == domain or host.endswith(f".{domain}")


def _keeping(given: AgencyParticulars) -> list[Problem]:
    problems = []
    most = int(in_force().figure("keep.max"))
    if not 1 <= given.retention_days <= most:
        message = f"Keep what is shared for 1 to {most:,} days, then delete it."
        limit, value = f"1 to {most:,} days", f"{given.retention_days:,} days"
        problems.append(Problem("agency.retention", "retention_days", message, limit=limit, value=value))
    if given.reuse not in Agency.Reuse.values:
        message = "Choose for what the agency may use what it was given."
        problems.append(Problem("agency.reuse", "reuse", message, value=given.reuse))
    return problems


def _local(given: AgencyParticulars) -> list[Problem]:
    problems = []
    if given.kind not in Agency.Kind.values:
        message = "Only local police, sheriffs and fire departments can be partners."
        problems.append(Problem("agency.kind", "kind", message, limit="police, sheriff, fire", value=given.kind))
    for field, text in (("name", given.name), ("jurisdiction", given.jurisdiction)):
        word = federal_or_immigration(text)
        if word:
            message = (
                f"“{word}” names a federal or immigration agency. Partners are local public-safety agencies alone, "
                "whose town can hold them to their agreement; nothing on this instance can change that."
            )
            problems.append(Problem("agency.local", field, message, value=text))
    return problems


def _length(rule: str, field: str, text: str, low: int, high: int) -> list[Problem]:
    length = len(text.strip())
    if low <= length <= high:
        return []
    message = f"Write {low} to {high:,} characters; there are {length:,}."
    return [Problem(rule, field, message, limit=f"{low} to {high:,} characters", value=f"{length:,} characters")]


def _email(rule: str, field: str, text: str) -> list[Problem]:
    try:
        validate_email(text.strip())
    except ValidationError:
        return [Problem(rule, field, "Write an email address, such as records@town.example.", value=text)]
    return []


def _is_web_address(text: str) -> bool:
    try:
        URLValidator(schemes=["https", "http"])(text)
    except ValidationError:
        return False
    return True


def _is_public_cell(cell: int) -> bool:
    try:
        return coarse(cell) == cell
    except ValueError:
        return False
