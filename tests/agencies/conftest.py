"""A new agency's particulars, ready to be changed by one field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from goodfences.agencies import actions
from goodfences.agencies.checks import AgencyParticulars, OfficerParticulars
from goodfences.agencies.models import Agency
from goodfences.people.models import Account
from tests.persons import TOWN, cell

AGREEMENT = (
    "We ask owners for recorded video of one place and one time, for a case on file, and never for more. "
    "We keep what they share for as long as the case needs it and publish how long that is. "
    "We don't ask again where somebody said no."
)
SPRINGFIELD = AgencyParticulars(
    name="Springfield Police Department",
    kind="police",
    jurisdiction="City of Springfield",
    contact_email="records@springfield.example",
    website="https://springfield.example/police",
    time_zone="America/New_York",
    place_cell=cell(TOWN, 8),
)
CHIEF = OfficerParticulars(
    email="chief@springfield.example",
    name="Carla Chief",
    role="admin",
    title="Chief",
    badge="1",
    contact="+1 555 010 0199",
)
ROOKIE = OfficerParticulars(
    email="rookie@northgate.example",
    name="Rita Rookie",
    role="requester",
    title="Officer",
    badge="5150",
    contact="rookie@northgate.example",
)


@pytest.fixture
def admit(otto: Account) -> Callable[..., Agency]:
    """`admit(name="…")` admits Springfield with these particulars changed; `admin=` and `stricter=` as well."""

    def run(
        *,
        admin: OfficerParticulars = CHIEF,
        stricter: dict[str, Any] | None = None,
        text: str = AGREEMENT,
        **changes: Any,
    ) -> Agency:
        return actions.admit(
            operator=otto,
            particulars=replace(SPRINGFIELD, **changes),
            agreement_text=text,
            signed_by="Carla Chief, Chief of Police",
            admin=admin,
            stricter=stricter,
        )

    return run
