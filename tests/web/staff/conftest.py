"""Otto's and Max's browsers, and what Otto fills in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from goodfences.agencies.models import Agency, Officer
from goodfences.people.models import Account
from goodfences.places import cell_to_hex
from goodfences.video_requests.publication import publish_policy
from tests.agencies.conftest import AGREEMENT
from tests.pages import Page
from tests.persons import TOWN, cell
from tests.web.sharing import signed_in

__all__ = ["signed_in"]

SPRINGFIELD = {
    "name": "Springfield Police Department",
    "kind": "police",
    "jurisdiction": "City of Springfield",
    "contact_email": "records@springfield.example",
    "website": "https://springfield.example/police",
    "time_zone": "America/New_York",
    "place": cell_to_hex(cell(TOWN)),
    "agreement_text": AGREEMENT,
    "signed_by": "Carla Chief, Chief of Police",
    "admin_name": "Carla Chief",
    "admin_email": "chief@springfield.example",
    "admin_title": "Chief",
    "admin_badge": "1",
    "admin_contact": "+1 555 010 0199",
}
RENEWED = {"agreement_text": f"Anew. {AGREEMENT}", "signed_by": "Nora North, Chief of Police"}
SLUG = "springfield-police-department"


@pytest.fixture(autouse=True)
def _policy_published(db: None, clock: Any) -> None:
    publish_policy()


@pytest.fixture
def operator(signed_in: Callable[[Account], Client], otto: Account) -> Client:
    """Otto's browser."""
    return signed_in(otto)


@pytest.fixture
def moderator(signed_in: Callable[[Account], Client], max: Account) -> Client:
    """Max's browser."""
    return signed_in(max)


@pytest.fixture
def admit(operator: Client) -> Callable[..., Agency]:
    """`admit()` admits Springfield through the page, with these fields changed."""

    def run(**changes: str | bool) -> Agency:
        answer = fill(operator, "/staff/agencies/admit/", **{**SPRINGFIELD, **changes})
        assert answer.status_code == 200, Page(answer).text
        return Agency.objects.get(slug=SLUG)

    return run


def fill(client: Client, path: str, **changes: str | bool) -> Any:
    """Fill in the one form of a page and press its button; the page that comes of it."""
    shown = client.get(path)
    assert shown.status_code == 200, path
    (form,) = [form for form in Page(shown).forms if form.method == "post" and form.action == path]
    return form.send(client, changes=changes)


def admins(agency: Agency) -> list[Officer]:
    return list(agency.officers.filter(role="admin", active=True))
