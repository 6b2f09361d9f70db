"""An agreement is announced, commented on, and takes effect in its time and not before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from goodfences import source
from goodfences.agencies import actions as agencies
from goodfences.agencies import queries
from goodfences.agencies.actions import Terms
from goodfences.agencies.models import Agency
from goodfences.errors import NotFound, Refused
from goodfences.joining import actions, public, tasks
from goodfences.joining.models import Application, Remark
from goodfences.ledger import queries as ledger
from goodfences.oversight import public as oversight
from goodfences.people import erasure, export
from goodfences.people.models import Account
from tests.joining import keys
from tests.joining.conftest import NOTICE, given

State = Application.State
WHY = "The domain belongs to somebody else."


def entry(application: Application, kind: str) -> dict[str, Any]:
    body = ledger.entries(kind=kind, subject=f"application:{application.ref}").get().body
    assert body is not None
    return body


def test_only_an_operator_announces(signed: Application, olive: Account, ada: Account) -> None:
    for person in (olive, ada):
        with pytest.raises(NotFound):
            actions.announce(operator=person, ref=signed.ref)


def test_an_unsigned_one_doesnt_exist_for_the_operator(applied: Application, otto: Account) -> None:
    with pytest.raises(NotFound):
        actions.announce(operator=otto, ref=applied.ref)


def test_the_notice_is_in_the_ledger_before_anything_works(announced: Application) -> None:
    body = entry(announced, "agency.applied")
    assert body["text"] == announced.text
    assert (body["agency_key"], body["proven_by"]) == (announced.agency_key, "mail")
    assert "chief@springfield.example" not in str(body)
    assert not Agency.objects.filter(slug=announced.slug).exists()


def test_it_takes_effect_when_its_time_has_come_and_not_before(
    announced: Application, clock: source.SeededSource
) -> None:
    clock.advance(timedelta(days=NOTICE) - timedelta(seconds=1))
    assert tasks.run_due(10) == 0
    assert not Agency.objects.filter(slug=announced.slug).exists()
    clock.advance(timedelta(seconds=1))
    assert tasks.run_due(10) == 1
    assert tasks.run_due(10) == 0
    agency = queries.agency(announced.slug)
    assert list(queries.partners()) == [agency]
    assert (agency.domain, agency.retention_days, agency.reuse) == ("springfield.example", 30, "case")
    assert queries.policy_for(agency).expiry.days == 3
    assert agency.officers.get().email == "chief@springfield.example"
    assert [body.name for body in oversight.bodies(agency)] == ["Springfield City Council"]
    assert Account.objects.get(email="cora@council.example").kind == "overseer"
    announced.refresh_from_db()
    assert (announced.state, announced.admin) == (State.IN_FORCE, {})


def test_the_agreement_in_force_carries_both_signatures(in_force: Callable[[], Application]) -> None:
    application = in_force()
    agreement = queries.agreement_in_force(queries.agency(application.slug))
    assert agreement.signed == application.signed
    body = ledger.entry(agreement.ledger_index).body
    assert body is not None
    assert (body["application"], body["agency_key"]) == (application.ref, application.agency_key)


def test_the_operator_stops_an_announced_one_in_public(
    announced: Application, otto: Account, clock: source.SeededSource
) -> None:
    actions.refuse_application(operator=otto, ref=announced.ref, reason=WHY)
    assert entry(announced, "agency.application_ended")["reason"] == WHY
    clock.advance(timedelta(days=NOTICE))
    assert actions.bring_into_force(10) == 0
    assert public.notice(announced.ref).state == State.REFUSED


def test_what_was_refused_before_its_notice_is_not_published(signed: Application, otto: Account) -> None:
    actions.refuse_application(operator=otto, ref=signed.ref, reason=WHY)
    assert not public.notices().exists()
    assert not ledger.entries(subject=f"application:{signed.ref}").exists()


def test_an_agency_withdraws_what_it_announced_in_public(announced: Application) -> None:
    actions.withdraw(application=announced)
    assert entry(announced, "agency.application_ended")["how"] == "withdrawn"


def test_one_whose_name_was_taken_meanwhile_is_refused_and_others_go_on(
    announced: Application, otto: Account, clock: source.SeededSource, settings: Any
) -> None:
    settings.NOTICE_DAYS = 0
    given_now = given()
    assert given_now.admin
    agencies.admit(
        operator=otto,
        particulars=given_now.particulars,
        agreement_text=given_now.terms.text,
        signed_by="Somebody else",
        admin=given_now.admin,
    )
    clock.advance(timedelta(days=NOTICE))
    assert actions.bring_into_force(10) == 1
    announced.refresh_from_db()
    assert announced.state == State.REFUSED
    assert "There is an agency of this name." in announced.reason


class TestRenewing:
    @pytest.fixture
    def renewed(self, in_force: Callable[[], Application], otto: Account) -> Application:
        in_force()
        terms = Terms(text="We keep less.\n" + given().terms.text, signed_by="The mayor", stricter={})
        wanted = replace(given(retention_days=10, name="Another name", kind="fire"), terms=terms, admin=None)
        made = actions.apply(given=wanted, peer="192.0.2.2", renews="springfield-police-department")
        proven = actions.applying._prove(made, Application.Proof.MAIL)
        actions.sign(application=proven, signature=keys.signature(proven.statement.encode()))
        return actions.announce(operator=otto, ref=made.ref)

    def test_is_announced_with_what_changes(self, renewed: Application) -> None:
        assert renewed.version == 2
        assert [change.line for change in public.changes(renewed) if change.sign == "+"] == ["We keep less."]

    def test_takes_the_place_of_the_one_before_in_its_time(
        self, renewed: Application, clock: source.SeededSource
    ) -> None:
        agency = queries.agency("springfield-police-department")
        assert queries.agreement_in_force(agency).version == 1
        clock.advance(timedelta(days=NOTICE))
        assert actions.bring_into_force(10) == 1
        agency.refresh_from_db()
        assert queries.agreement_in_force(agency).version == 2
        assert (agency.name, agency.kind, agency.retention_days) == ("Springfield Police Department", "police", 10)

    def test_lets_a_terminated_agency_work_again(
        self, renewed: Application, otto: Account, clock: source.SeededSource
    ) -> None:
        agencies.terminate(operator=otto, slug=renewed.slug, reason=WHY)
        clock.advance(timedelta(days=NOTICE))
        assert actions.bring_into_force(10) == 1
        agency = queries.agency(renewed.slug)
        assert list(queries.partners()) == [agency]
        assert agency.officers.get().active

    def test_of_an_agency_that_isnt_here_is_not_found(self) -> None:
        with pytest.raises(NotFound):
            actions.apply(given=given(), peer="192.0.2.2", renews="nowhere")


class TestComments:
    WORDS = "Thirty days is long. Could the agency keep it for two weeks?"

    def test_are_public_under_no_name(self, announced: Application, olive: Account) -> None:
        actions.remark(account=olive, application_ref=announced.ref, text=self.WORDS)
        assert [one.text for one in public.remarks(announced)] == [self.WORDS]

    @pytest.mark.parametrize("text", ["", "x" * 2001, "Maria Lopez at 12 Mill Street is a thief, call 555-010-0199."])
    def test_that_the_guardrails_stop_are_refused(self, announced: Application, olive: Account, text: str) -> None:
        with pytest.raises(Refused) as refused:
            actions.remark(account=olive, application_ref=announced.ref, text=text)
        assert {problem.field for problem in refused.value.problems} == {"text"}

    def test_are_residents_alone(self, announced: Application, omar: Account, otto: Account) -> None:
        for person in (omar, otto):
            with pytest.raises(NotFound):
                actions.remark(account=person, application_ref=announced.ref, text=self.WORDS)

    def test_end_with_the_notice(self, in_force: Callable[[], Application], olive: Account) -> None:
        with pytest.raises(Refused):
            actions.remark(account=olive, application_ref=in_force().ref, text=self.WORDS)

    def test_about_what_isnt_announced_is_not_found(self, signed: Application, olive: Account) -> None:
        with pytest.raises(NotFound):
            actions.remark(account=olive, application_ref=signed.ref, text=self.WORDS)

    def test_can_be_taken_away_with_a_reason(self, announced: Application, olive: Account, otto: Account) -> None:
        said = actions.remark(account=olive, application_ref=announced.ref, text=self.WORDS)
        with pytest.raises(NotFound):
            actions.hide(operator=olive, ref=said.ref, reason="It is about something else.")
        with pytest.raises(Refused):
            actions.hide(operator=otto, ref=said.ref, reason="No.")
        actions.hide(operator=otto, ref=said.ref, reason="It is about something else.")
        assert public.remarks(announced).get().hidden_reason == "It is about something else."

    def test_are_their_authors_to_take_along_and_to_delete(self, announced: Application, olive: Account) -> None:
        said = actions.remark(account=olive, application_ref=announced.ref, text=self.WORDS)
        assert [one["ref"] for one in export.everything(account=olive)["remarks"]] == [said.ref]
        erasure.erase(account=olive)
        assert not Remark.objects.exists()
