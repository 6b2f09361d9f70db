"""An agency joins with a public agreement, and no federal or immigration agency ever does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from goodfences.agencies import access, actions, queries
from goodfences.agencies.federal import federal_or_immigration
from goodfences.agencies.models import Agency, AgencyAct, Officer
from goodfences.errors import NotFound, Refused
from goodfences.ledger import queries as ledger
from goodfences.people.models import Account
from tests.agencies.conftest import AGREEMENT, CHIEF, SPRINGFIELD

Admit = Callable[..., Agency]


def broken(refused: pytest.ExceptionInfo[Refused]) -> dict[str, str]:
    return {problem.rule: problem.field for problem in refused.value.problems}


def test_an_admitted_agency_is_a_partner_with_its_agreement_in_the_ledger(admit: Admit) -> None:
    agency = admit()
    assert list(queries.partners()) == [agency]
    agreement = queries.agreement_in_force(agency)
    entry = ledger.entry(agreement.ledger_index)
    assert entry.kind == "agency.agreement"
    assert entry.subject == f"agency:{agency.ref}"
    assert entry.body is not None
    assert entry.body["text"] == AGREEMENT
    assert entry.body["name"] == "Springfield Police Department"


def test_its_first_admin_can_act_for_it_at_once(admit: Admit) -> None:
    agency = admit()
    account = Account.objects.get(email="chief@springfield.example")
    chief = access.officer_of(account.pk)
    assert (chief.agency, chief.role, chief.shown_as) == (agency, Officer.Role.ADMIN, "Chief 1")
    assert account.kind == "officer"
    assert not account.has_usable_password()
    assert account.time_zone == "America/New_York"


def test_the_ledger_names_officers_by_title_and_badge_alone(admit: Admit) -> None:
    admit()
    entry = ledger.entries(kind="agency.officer").get()
    assert entry.body is not None
    assert entry.body["shown_as"] == "Chief 1"
    assert "Carla" not in str(entry.body)
    assert "chief@" not in str(entry.body)


def test_the_first_officer_becomes_an_admin_whatever_the_form_says(admit: Admit) -> None:
    from dataclasses import replace

    agency = admit(admin=replace(CHIEF, role="requester"))
    assert agency.officers.get().role == "admin"


def test_nothing_is_kept_if_the_act_fails_after_its_ledger_entry(otto: Account) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        actions.admit(
            operator=otto, particulars=SPRINGFIELD, agreement_text=AGREEMENT, signed_by="The chief", admin=CHIEF
        )
        raise RuntimeError
    assert not Agency.objects.exists()
    assert not ledger.entries().exists()


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("name", "", "agency.name"),
        ("name", "ФБР", "agency.name"),
        ("kind", "federal", "agency.kind"),
        ("jurisdiction", " ", "agency.jurisdiction"),
        ("contact_email", "records", "agency.contact"),
        ("website", "javascript:alert(1)", "agency.website"),
        ("time_zone", "Mars/Olympus", "agency.time_zone"),
        ("place_cell", 17, "agency.place"),
        ("text", "We promise.", "agreement.text"),
        ("stricter", {"area.max": 9}, "agreement.looser"),
    ],
)
def test_a_wrong_particular_is_refused_by_its_rule(admit: Admit, field: str, value: Any, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        admit(**{field: value})
    assert rule in broken(refused)
    assert not Agency.objects.exists()
    assert not Account.objects.filter(kind="officer").exists()


def test_every_problem_is_told_at_once(admit: Admit) -> None:
    with pytest.raises(Refused) as refused:
        admit(kind="spies", contact_email="x", text="no")
    assert set(broken(refused)) == {"agency.kind", "agency.contact", "agreement.text"}


@pytest.mark.parametrize(
    "name",
    [
        "FBI",
        "F.B.I. Field Office",
        "U.S. Immigration and Customs Enforcement",
        "ICE",
        "ice",
        "ICE ERO Boston",
        "Department of Homeland Security",
        "DHS police",
        "Customs and Border Protection",
        "CBP",
        "HSI Task Force",
        "Border Patrol, Tucson sector",
        "U.S. Marshals",
        "United States Marshal for the District",
        "Bureau of Alcohol, Tobacco, Firearms",
        "ATF",
        "Drug Enforcement Administration",
        "DEA",
        "Federal Protective Service",
        "Policía Federal de Migración",
        "ＦＢＩ",
    ],
)
def test_a_federal_or_immigration_agency_is_refused_by_name(admit: Admit, name: str) -> None:
    with pytest.raises(Refused) as refused:
        admit(name=name)
    assert broken(refused)["agency.local"] == "name"
    assert any("local public-safety agencies alone" in problem.message for problem in refused.value.problems)


@pytest.mark.parametrize(
    "name",
    [
        "Federal Way Police Department",
        "Ice Harbor Fire",
        "Deaf Smith County Sheriff",
        "Justice Police Department",
        "Marshall Police Department",
        "Town Marshal of Tombstone",
        "Nice Police",
    ],
)
def test_a_local_agency_with_a_name_that_sounds_like_one_is_welcome(name: str) -> None:
    assert federal_or_immigration(name) == ""


def test_a_federal_jurisdiction_is_refused_too(admit: Admit) -> None:
    with pytest.raises(Refused) as refused:
        admit(jurisdiction="United States border zone")
    assert broken(refused) == {"agency.local": "jurisdiction"}


def test_a_name_that_is_taken_is_refused(admit: Admit) -> None:
    admit()
    with pytest.raises(Refused) as refused:
        admit(name="Springfield  police department")
    assert broken(refused) == {"agency.name_taken": "name"}


def test_two_operators_at_once_admit_an_agency_once(admit: Admit, monkeypatch: pytest.MonkeyPatch) -> None:
    admit()
    real = Agency.objects.filter
    # As if the other one committed between this one's look and its row.
    monkeypatch.setattr(Agency.objects, "filter", lambda **how: real(pk=-1) if "slug" in how else real(**how))
    with pytest.raises(Refused) as refused:
        admit()
    assert broken(refused) == {"agency.name_taken": "name"}


def test_only_an_operator_admits(ada: Account, olive: Account, max: Account) -> None:
    for person in (ada, olive, max, None):
        with pytest.raises(NotFound):
            actions.admit(
                operator=person, particulars=SPRINGFIELD, agreement_text=AGREEMENT, signed_by="The chief", admin=CHIEF
            )


def test_a_closed_operator_account_admits_nobody(otto: Account, admit: Admit) -> None:
    otto.is_active = False
    with pytest.raises(NotFound):
        admit()


def test_the_agencys_policy_is_the_one_in_force_made_stricter(admit: Admit) -> None:
    agency = admit(stricter={"request.expiry": 3})
    assert queries.policy_for(agency).expiry.days == 3


def test_the_agencys_log_begins_with_its_admission(admit: Admit) -> None:
    kinds = [act.kind for act in queries.acts(admit())]
    assert kinds == [AgencyAct.Kind.OFFICER_ADDED, AgencyAct.Kind.AGENCY_ADMITTED]
