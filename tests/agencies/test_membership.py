"""Agreements are renewed; an agency is suspended, and comes back under a new agreement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from goodfences import source
from goodfences.agencies import access, actions, queries
from goodfences.agencies.actions import membership
from goodfences.agencies.models import Agency
from goodfences.errors import NotFound, Refused
from goodfences.ledger import queries as ledger
from goodfences.people.models import Account
from tests.agencies.conftest import AGREEMENT

Admit = Callable[..., Agency]
REASON = "Asked for video of a rally."


def test_a_published_suspension_names_nobody_and_no_house(admit: Admit, otto: Account) -> None:
    agency = admit()
    with pytest.raises(Refused) as refused:
        actions.suspend(
            operator=otto, slug=agency.slug, reason="They asked about the victim, Maria Lopez, 12 Mill Street."
        )
    assert {problem.rule for problem in refused.value.problems} == {"reason.victim", "text.address"}
    assert queries.agency(agency.slug).suspended_at is None


def test_a_suspended_agency_is_no_partner_and_its_officers_cant_act(admit: Admit, otto: Account) -> None:
    agency = admit()
    chief = agency.officers.get()
    actions.suspend(operator=otto, slug=agency.slug, reason=REASON)
    assert list(queries.partners()) == []
    assert list(queries.former_partners()) == [agency]
    with pytest.raises(NotFound):
        access.officer_of(chief.account_id)
    with pytest.raises(NotFound):
        queries.agreement_in_force(agency)


def test_a_suspension_is_public_with_its_reason(admit: Admit, otto: Account) -> None:
    agency = admit()
    actions.suspend(operator=otto, slug=agency.slug, reason=REASON)
    entry = ledger.entries(kind="agency.suspended", subject=f"agency:{agency.ref}").get()
    assert entry.body is not None
    assert entry.body["reason"] == REASON


def test_other_rooms_end_their_part_in_the_same_transaction(
    admit: Admit, otto: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency = admit()

    def fail(_agency: Agency) -> None:
        raise RuntimeError

    monkeypatch.setattr(membership, "_when_suspended", [fail])
    with pytest.raises(RuntimeError):
        actions.suspend(operator=otto, slug=agency.slug, reason=REASON)
    assert queries.agency(agency.slug).suspended_at is None


def test_a_room_that_registers_twice_is_called_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(membership, "_when_suspended", [])
    actions.when_suspended(print)
    actions.when_suspended(print)
    assert membership._when_suspended == [print]


@pytest.mark.parametrize("reason", ["", "no", "x" * 501])
def test_a_suspension_needs_a_reason(admit: Admit, otto: Account, reason: str) -> None:
    agency = admit()
    with pytest.raises(Refused) as refused:
        actions.suspend(operator=otto, slug=agency.slug, reason=reason)
    assert refused.value.problems[0].field == "reason"


def test_twice_suspended_is_refused(admit: Admit, otto: Account) -> None:
    agency = admit()
    actions.suspend(operator=otto, slug=agency.slug, reason=REASON)
    with pytest.raises(Refused):
        actions.suspend(operator=otto, slug=agency.slug, reason=REASON)


def test_a_new_agreement_takes_the_place_of_the_one_in_force(admit: Admit, otto: Account) -> None:
    agency = admit()
    old = queries.agreement_in_force(agency)
    new = actions.renew(
        operator=otto, slug=agency.slug, agreement_text=AGREEMENT, signed_by="The mayor", stricter={"agency.open": 2}
    )
    old.refresh_from_db()
    assert old.ended_at is not None
    assert queries.agreement_in_force(agency) == new
    assert list(queries.agreements(agency)) == [new, old]
    assert ledger.entry(new.ledger_index).kind == "agency.agreement"


def test_an_agreement_cant_be_renewed_with_looser_limits(admit: Admit, otto: Account) -> None:
    agency = admit()
    with pytest.raises(Refused) as refused:
        actions.renew(
            operator=otto, slug=agency.slug, agreement_text="", signed_by="The mayor", stricter={"agency.open": 50}
        )
    assert {problem.rule for problem in refused.value.problems} == {"agreement.text", "agreement.looser"}


def test_a_suspended_agency_is_reinstated_under_a_new_agreement(admit: Admit, otto: Account) -> None:
    agency = admit()
    actions.suspend(operator=otto, slug=agency.slug, reason=REASON)
    with pytest.raises(Refused):
        actions.renew(operator=otto, slug=agency.slug, agreement_text=AGREEMENT, signed_by="The mayor")
    actions.reinstate(operator=otto, slug=agency.slug, agreement_text=AGREEMENT, signed_by="The mayor")
    assert list(queries.partners()) == [agency]
    assert access.officer_of(agency.officers.get().account_id).agency == agency


def test_an_agency_that_isnt_suspended_cant_be_reinstated(admit: Admit, otto: Account) -> None:
    agency = admit()
    with pytest.raises(Refused):
        actions.reinstate(operator=otto, slug=agency.slug, agreement_text=AGREEMENT, signed_by="The mayor")


def test_an_unknown_agency_is_not_found(otto: Account, olive: Account) -> None:
    with pytest.raises(NotFound):
        actions.suspend(operator=otto, slug="nowhere", reason=REASON)
    with pytest.raises(NotFound):
        actions.suspend(operator=olive, slug="nowhere", reason=REASON)
    with pytest.raises(NotFound):
        queries.agency("nowhere")


def test_an_agencys_page_stays_after_its_suspension(admit: Admit, otto: Account) -> None:
    agency = admit()
    actions.suspend(operator=otto, slug=agency.slug, reason=REASON)
    assert queries.agency(agency.slug) == agency
    assert agency.joined_at <= source.now()


def test_a_termination_ends_everything_at_once_and_for_good(admit: Admit, otto: Account) -> None:
    agency = admit()
    chief = agency.officers.get()
    actions.terminate(operator=otto, slug=agency.slug, reason=REASON)
    assert list(queries.partners()) == []
    assert not queries.officers(agency).filter(active=True).exists()
    with pytest.raises(NotFound):
        access.officer_of(chief.account_id)
    entry = ledger.entries(kind="agency.terminated", subject=f"agency:{agency.ref}").get()
    assert entry.body is not None
    assert entry.body["reason"] == REASON
    with pytest.raises(Refused):
        actions.reinstate(operator=otto, slug=agency.slug, agreement_text=AGREEMENT, signed_by="The mayor")
    with pytest.raises(Refused):
        actions.terminate(operator=otto, slug=agency.slug, reason=REASON)


def test_a_suspended_agency_can_be_terminated_and_its_part_ends_once(
    admit: Admit, otto: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency, ended = admit(), []
    monkeypatch.setattr(membership, "_when_suspended", [ended.append])
    actions.suspend(operator=otto, slug=agency.slug, reason=REASON)
    actions.terminate(operator=otto, slug=agency.slug, reason=REASON)
    assert ended == [agency]


def test_where_notice_is_given_no_operator_admits_or_binds_an_agency_at_once(
    admit: Admit, otto: Account, settings: Any
) -> None:
    agency = admit()
    settings.NOTICE_DAYS = 14
    with pytest.raises(Refused) as refused:
        admit(name="Harbor Police")
    assert refused.value.problems[0].limit == "14 days"
    with pytest.raises(Refused):
        actions.renew(operator=otto, slug=agency.slug, agreement_text=AGREEMENT, signed_by="The mayor")
    actions.suspend(operator=otto, slug=agency.slug, reason=REASON)
    with pytest.raises(Refused):
        actions.reinstate(operator=otto, slug=agency.slug, agreement_text=AGREEMENT, signed_by="The mayor")


@pytest.mark.parametrize(
    ("field", "value", "rule"), [("retention_days", 0, "agency.retention"), ("reuse", "any", "agency.reuse")]
)
def test_what_an_agency_keeps_and_reuses_is_one_of_the_choices(
    admit: Admit, field: str, value: object, rule: str
) -> None:
    with pytest.raises(Refused) as refused:
        admit(**{field: value})
    assert [problem.rule for problem in refused.value.problems] == [rule]


def test_agreements_of_an_agency_are_numbered(admit: Admit, otto: Account) -> None:
    agency = admit()
    new = actions.renew(operator=otto, slug=agency.slug, agreement_text=AGREEMENT, signed_by="The mayor")
    assert [one.version for one in queries.agreements(agency)] == [2, 1]
    assert queries.agreement(agency, 2) == new
    with pytest.raises(NotFound):
        queries.agreement(agency, 3)
