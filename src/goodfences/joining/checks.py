"""What an application must look like: every problem at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from goodfences.agencies.actions import Terms, terms_problems
from goodfences.agencies.checks import (
    AgencyParticulars,
    OfficerParticulars,
    agency_problems,
    is_at,
    officer_problems,
)
from goodfences.errors import Problem
from goodfences.visible import hidden_problems

_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What an agency fills in. `admin` is None where it renews; `oversight` holds name, person and email of the
    council or oversight body."""

    particulars: AgencyParticulars
    terms: Terms
    admin: OfficerParticulars | None
    applicant_email: str
    oversight: Mapping[str, str] = field(default_factory=dict)

    def tidied(self) -> Applied:
        """With the domain as DNS writes it."""
        domain = self.particulars.domain.strip().lower().removeprefix("www.").rstrip(".")
        return replace(self, particulars=replace(self.particulars, domain=domain))


def problems(given: Applied) -> list[Problem]:
    """Everything that is wrong with an application, whoever else there is."""
    who = given.particulars
    found = [*agency_problems(who), *terms_problems(given.terms)]
    if given.admin is not None:
        found += officer_problems(given.admin)
    if who.area is None:
        found.append(Problem("agency.area", "area", "Draw the jurisdiction on the map."))
    if len(who.responsible.strip()) < 3 or len(who.responsible) > 120:
        found.append(Problem("agency.responsible", "responsible", "Name who answers for it, with the office held."))
    if not _DOMAIN.fullmatch(who.domain):
        found.append(Problem("agency.domain", "domain", "Write the official domain alone, such as springfield.gov."))
    elif not is_at(who.contact_email.rpartition("@")[2], who.domain):
        message = f"The public contact must be an address at {who.domain}."
        found.append(Problem("agency.contact", "contact_email", message, value=who.contact_email))
    elif who.website and not is_at(urlsplit(who.website).hostname or "", who.domain):
        message = f"The website must be at {who.domain}."
        found.append(Problem("agency.website", "website", message, value=who.website))
    return [*found, *_email("applicant_email", given.applicant_email), *_oversight(given.oversight)]


def _oversight(given: Mapping[str, str]) -> list[Problem]:
    name, person, email = (given.get(key, "").strip() for key in ("name", "person", "email"))
    found = [*hidden_problems(name, "oversight_name"), *hidden_problems(person, "oversight_person")]
    if max(len(name), len(person)) > 80:
        found.append(Problem("oversight.name", "oversight_name", "Write at most 80 characters."))
    if not (name and person and email):
        found.append(Problem("oversight.name", "oversight_name", "Name the body, one of its people and an address."))
        return found
    return [*found, *_email("oversight_email", email)]


def _email(where: str, text: str) -> list[Problem]:
    try:
        validate_email(text.strip())
    except ValidationError:
        return [Problem("joining.email", where, "Write an email address, such as records@town.example.", value=text)]
    return []


def columns(given: Applied) -> dict[str, Any]:
    """What of it an Application keeps as it stands."""
    return {
        "slug": given.particulars.slug,
        "name": given.particulars.name.strip(),
        "applicant_email": given.applicant_email.strip().lower(),
        "signed_by": given.terms.signed_by.strip(),
        "stricter": dict(given.terms.stricter),
        "text": given.terms.text.strip(),
        "oversight": {key: value.strip() for key, value in given.oversight.items()},
    }
