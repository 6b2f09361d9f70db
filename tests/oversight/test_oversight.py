"""A council sees its agency's use, files findings and suspends; and nothing of any other."""

from __future__ import annotations

from typing import Any

import pytest

from goodfences.agencies import access as agencies
from goodfences.agencies import queries as agency_queries
from goodfences.agencies.log import record
from goodfences.agencies.models import Agency, AgencyAct
from goodfences.errors import NotFound, Refused
from goodfences.ledger import queries as ledger
from goodfences.oversight import access, actions, public, queries
from goodfences.oversight.models import Body, Seat
from goodfences.people.models import Account
from tests.oversight.conftest import COUNCIL, FOUND
from tests.persons import make_agency, officer

WHY = "It did not answer our questions about March."


def body_of(kind: str, agency: Agency) -> dict[str, Any]:
    found = ledger.entries(kind=kind, subject=f"agency:{agency.ref}").get().body
    assert found is not None
    return found


def test_a_named_body_is_public_and_its_person_isnt(cora: Seat, northgate: Agency) -> None:
    assert [one.name for one in public.bodies(northgate)] == ["Northgate City Council"]
    assert body_of("agency.overseen", northgate)["body"] == "Northgate City Council"
    assert "Cora" not in str(body_of("agency.overseen", northgate))
    assert cora.account is not None and cora.account.kind == "overseer"


def test_only_an_operator_names_one_and_ends_a_seat(cora: Seat, northgate: Agency, olive: Account) -> None:
    with pytest.raises(NotFound):
        actions.name_body(operator=olive, slug=northgate.slug, **COUNCIL)
    with pytest.raises(NotFound):
        actions.end_seat(operator=olive, ref=cora.ref)


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("person", ""), ("email", "cora")])
def test_a_body_has_a_name_a_person_and_an_address(
    northgate: Agency, otto: Account, clock: Any, field: str, value: str
) -> None:
    with pytest.raises(Refused) as refused:
        actions.name_body(operator=otto, slug=northgate.slug, **{**COUNCIL, field: value})
    assert {problem.field for problem in refused.value.problems} == {field}
    assert not Body.objects.exists()


def test_named_twice_it_is_one_body_with_one_seat(cora: Seat, northgate: Agency, otto: Account) -> None:
    actions.name_body(operator=otto, slug=northgate.slug, **COUNCIL)
    assert (Body.objects.count(), Seat.objects.count()) == (1, 1)


def test_another_agencys_application_puts_nobody_into_a_body(cora: Seat) -> None:
    """Whoever writes a known name into a form gets a body of that name, not a seat in the one that there is."""
    other = make_agency("southgate-police", "Southgate Police", "police")
    made = actions.oversee(agency=other, name=COUNCIL["name"], person="Eve", email="eve@elsewhere.example")
    assert made != cora.body
    same = actions.oversee(agency=other, name=COUNCIL["name"], person="Cora", email=COUNCIL["email"])
    assert same == made


def test_an_address_in_other_use_makes_a_seat_that_nobody_can_act_by(
    northgate: Agency, otto: Account, olive: Account, clock: Any
) -> None:
    body = actions.name_body(operator=otto, slug=northgate.slug, **{**COUNCIL, "email": olive.email})
    assert body.seats.get().account is None
    with pytest.raises(NotFound):
        access.seat_of(olive.pk)


class TestWhoComesIn:
    def test_nobody_else_has_a_seat(self, cora: Seat, omar: Account, olive: Account, otto: Account) -> None:
        for person in (omar, olive, otto):
            with pytest.raises(NotFound):
                access.seat_of(person.pk)
        with pytest.raises(NotFound):
            access.seat_of(None)

    def test_an_ended_seat_is_over_at_once(self, cora: Seat, northgate: Agency, otto: Account) -> None:
        actions.end_seat(operator=otto, ref=cora.ref)
        with pytest.raises(NotFound):
            actions.find(acting=cora, slug=northgate.slug, title="A finding", text=FOUND)

    def test_a_closed_account_too(self, cora: Seat) -> None:
        Account.objects.filter(pk=cora.account_id).update(is_active=False)
        with pytest.raises(NotFound):
            access.seat_of(cora.account_id)

    def test_another_agency_doesnt_exist_for_them(self, cora: Seat, sam: Account) -> None:
        harbor = officer(sam).agency
        for act in (
            lambda: access.agency(cora, harbor.slug),
            lambda: actions.find(acting=cora, slug=harbor.slug, title="A finding", text=FOUND),
            lambda: actions.suspend(acting=cora, slug=harbor.slug, reason=WHY),
        ):
            with pytest.raises(NotFound):
                act()


def test_a_finding_is_in_the_ledger_and_on_the_agencys_page_for_good(cora: Seat, northgate: Agency) -> None:
    finding = actions.find(acting=cora, slug=northgate.slug, title="Reasons too short", text=FOUND)
    assert list(public.findings(northgate)) == [finding]
    body = body_of("agency.finding", northgate)
    assert (body["title"], body["text"], body["body"]) == ("Reasons too short", FOUND, "Northgate City Council")


@pytest.mark.parametrize(
    ("title", "text", "field"),
    [
        ("", FOUND, "title"),
        ("Reasons", "Short.", "text"),
        ("Reasons", "They asked about the victim, Maria Lopez, 12 Mill Street, on Monday.", "text"),
    ],
)
def test_a_finding_says_enough_and_names_nobody(
    cora: Seat, northgate: Agency, title: str, text: str, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        actions.find(acting=cora, slug=northgate.slug, title=title, text=text)
    assert {problem.field for problem in refused.value.problems} == {field}
    assert not public.findings(northgate).exists()


def test_a_suspension_by_the_council_takes_effect_at_once_and_names_it(
    cora: Seat, northgate: Agency, omar: Account
) -> None:
    actions.suspend(acting=cora, slug=northgate.slug, reason=WHY)
    assert northgate not in agency_queries.partners()
    with pytest.raises(NotFound):
        agencies.officer_of(omar.pk)
    assert body_of("agency.suspended", northgate)["by"] == "Northgate City Council"


def test_the_use_of_an_agency_is_told_in_numbers_by_month(cora: Seat, northgate: Agency, omar: Account) -> None:
    for _ in range(3):
        record(AgencyAct.Kind.VIDEO_VIEWED, agency=northgate, officer=officer(omar), about="NG-2026-1")
    (acts,) = [one for one in queries.acts(northgate) if one.what == "Shared video viewed"]
    assert acts.count == 3
