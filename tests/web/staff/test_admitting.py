"""Otto admits an agency; its agreement is public from that moment on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from goodfences.agencies.models import Agency, Officer
from goodfences.ledger import queries as ledger
from goodfences.people.models import Account
from goodfences.places import coarse
from tests.pages import Page
from tests.persons import TOWN, cell
from tests.web.staff.conftest import SLUG, SPRINGFIELD, admins, fill

Admit = Callable[..., Agency]


def test_the_list_says_when_there_is_no_partner(operator: Client) -> None:
    page = Page(operator.get("/staff/agencies/"))
    assert "No partner yet" in page.text
    assert "/staff/agencies/admit/" in page.addresses


def test_an_admitted_agency_is_on_the_list_and_everyone_reads_its_agreement(
    operator: Client, admit: Admit, client: Client
) -> None:
    admit()
    page = Page(operator.get("/staff/agencies/"))
    assert f"/staff/agencies/{SLUG}/" in page.addresses
    assert "Springfield Police Department Police City of Springfield" in page.text
    public = Page(client.get(f"/record/agencies/{SLUG}/")).text
    assert "We ask owners for recorded video of one place" in public
    assert "Carla Chief, Chief of Police" in public


def test_otto_is_told_so(operator: Client) -> None:
    answer = Page(fill(operator, "/staff/agencies/admit/", **SPRINGFIELD))
    assert "Springfield Police Department is a partner now, and its agreement is public." in answer.text


def test_the_ledger_holds_agreement_and_admin(admit: Admit) -> None:
    agency = admit()
    kinds = [entry.kind for entry in ledger.entries(subject=f"agency:{agency.ref}")]
    assert kinds == ["agency.agreement", "agency.officer"]


def test_only_the_part_of_town_is_kept_of_the_pin(admit: Admit) -> None:
    assert admit().place_cell == coarse(cell(TOWN)) == cell(TOWN, 8)


def test_its_admin_comes_in_and_adds_officers(admit: Admit, signed_in: Callable[[Account], Client]) -> None:
    (admin,) = admins(admit())
    assert admin.account is not None
    assert signed_in(admin.account).get("/portal/officers/add/").status_code == 200


def test_stricter_limits_are_published_and_hold(admit: Admit, client: Client) -> None:
    agency = admit(**{"limit:area.max": "0.25", "limit:agency.open": "2", "incident_types": "burglary"})
    (agreement,) = agency.agreements.all()
    assert agreement.stricter == {"area.max": 0.25, "agency.open": 2, "incident_types": ["burglary"]}
    public = Page(client.get(f"/record/agencies/{SLUG}/")).text
    assert "0.25 square miles" in public and "2 requests" in public and "Burglary" in public


def test_a_looser_limit_is_refused_beside_its_field_and_nothing_is_kept(operator: Client) -> None:
    answer = fill(operator, "/staff/agencies/admit/", **{**SPRINGFIELD, "limit:area.max": "0.75"})
    assert answer.status_code == 422
    assert "Nothing was saved yet" in Page(answer).text
    assert not Agency.objects.exists() and not Officer.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "U.S. Immigration and Customs Enforcement"}, "names a federal or immigration agency"),
        ({"jurisdiction": "United States border zone"}, "names a federal or immigration agency"),
        ({"agreement_text": "We promise."}, "Write 200 to 50,000 characters; there are 11."),
        ({"agreement_text": ""}, "This field is required."),
        ({"kind": "federal"}, "is not one of the available choices"),
        ({"place": "24.94, 60.17"}, "Middle of the jurisdiction"),
        ({"admin_email": "chief"}, "Write an email address, such as records@town.example."),
        ({"admin_badge": "1 2"}, "Write the badge number in letters, digits and hyphens"),
        ({"website": "javascript:alert(1)"}, "Write the website's whole address"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(operator: Client, changes: dict[str, str], words: str) -> None:
    answer = fill(operator, "/staff/agencies/admit/", **{**SPRINGFIELD, **changes})
    assert answer.status_code == 422
    assert words in Page(answer).text
    assert not Agency.objects.exists()
    assert not ledger.entries(kind="agency.agreement").exists()


def test_what_was_typed_is_still_there_to_be_mended(operator: Client) -> None:
    typed = {**SPRINGFIELD, "signed_by": "", "limit:area.max": "0.25", "incident_types": "burglary"}
    (form,) = [
        form for form in Page(fill(operator, "/staff/agencies/admit/", **typed)).forms if form.method == "post"
    ]
    kept = {name: values[0] for name, values in form.values.items() if name in typed}
    assert kept == {**typed, "agreement_text": SPRINGFIELD["agreement_text"]}
    assert form.send(operator, changes={"signed_by": "The chief"}).status_code == 200
    assert Agency.objects.get().time_zone == "America/New_York"


def test_a_name_that_is_taken_is_refused(operator: Client, admit: Admit) -> None:
    admit()
    answer = fill(operator, "/staff/agencies/admit/", **{**SPRINGFIELD, "admin_email": "other@springfield.example"})
    assert "There is an agency of this name." in Page(answer).text
    assert Agency.objects.count() == 1


def test_an_admin_who_is_a_resident_here_can_be_named_and_nothing_is_told(
    operator: Client, admit: Admit, olive: Account
) -> None:
    agency = admit(admin_email=olive.email)
    (admin,) = admins(agency)
    olive.refresh_from_db()
    assert (admin.account, olive.kind) == (None, "resident")
    page = operator.get(f"/staff/agencies/{SLUG}/").content.decode()
    assert "Chief 1" in page and olive.email not in page
