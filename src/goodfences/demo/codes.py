"""The telephones of the town's officers: each has an app whose codes are the second factor of a sign-in."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth

from goodfences.demo.cast import PEOPLE, Person
from goodfences.people.models import Account


@dataclass(frozen=True)
class Code:
    """What a person's app shows just now."""

    person: Person
    digits: str


def app_of(officer: Account) -> Authenticator:
    """The officer's app; set up at the first call."""
    found = Authenticator.objects.filter(user=officer, type=Authenticator.Type.TOTP).first()
    if found is None:
        found = auth.TOTP.activate(officer, auth.generate_totp_secret()).instance
    return found


def shown() -> list[Code]:
    """The codes of all officers among the people that one can be."""
    emails = [person.email for person in PEOPLE]
    officers = {one.email: one for one in Account.objects.filter(kind=Account.Kind.OFFICER, email__in=emails)}
    return [Code(person, _digits(officers[person.email])) for person in PEOPLE if person.email in officers]


def _digits(officer: Account) -> str:
    secret = get_adapter().decrypt(app_of(officer).data["secret"])
    counter = next(iter(auth.yield_hotp_counters_from_time()))
    return str(auth.format_hotp_value(auth.hotp_value(secret, counter)))
