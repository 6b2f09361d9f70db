"""An agency applies, proves its domain, and signs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from goodfences import source
from goodfences.errors import NotFound, Refused
from goodfences.joining import access, actions, public
from goodfences.joining.models import Application
from goodfences.ledger import queries as ledger
from goodfences.mail.models import OutboxMessage
from goodfences.people.limits import TooOften
from tests.joining import keys
from tests.joining.conftest import given
from tests.joining.nameserver import NameServer

State = Application.State


def mailed(application: Application, name: str) -> OutboxMessage:
    return OutboxMessage.objects.get(once__startswith=f"joining:{application.ref}:{name}")


def test_an_application_is_nobodys_business_before_its_notice(applied: Application) -> None:
    assert applied.state == State.APPLIED
    assert not public.notices().exists()
    assert not ledger.entries(subject=f"application:{applied.ref}").exists()
    with pytest.raises(NotFound):
        public.notice(applied.ref)
    assert mailed(applied, "begun").context["link"].endswith(f"/{access.own_link(applied)}/")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"domain": "localhost"}, "domain"),
        ({"domain": "springfield.example/police"}, "domain"),
        ({"contact_email": "chief@mail.example"}, "contact_email"),
        ({"contact_email": "chief@notspringfield.example"}, "contact_email"),
        ({"website": "https://elsewhere.example/"}, "website"),
        ({"area": None}, "area"),
        ({"responsible": ""}, "responsible"),
        ({"retention_days": 0}, "retention_days"),
        ({"name": "FBI"}, "name"),
    ],
)
def test_what_is_missing_or_not_its_own_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        actions.apply(given=given(**changes), peer="192.0.2.1")
    assert field in {problem.field for problem in refused.value.problems}
    assert not Application.objects.exists()


def test_an_oversight_body_must_be_named() -> None:
    with pytest.raises(Refused) as refused:
        actions.apply(given=replace(given(), oversight={"name": "", "person": "", "email": ""}), peer="192.0.2.1")
    assert [problem.field for problem in refused.value.problems] == ["oversight_name"]


def test_one_address_applies_ten_times_a_day(clock: source.SeededSource) -> None:
    for _ in range(10):
        actions.apply(given=given(), peer="192.0.2.1")
    with pytest.raises(TooOften):
        actions.apply(given=given(), peer="192.0.2.1")


class TestByDns:
    def test_a_record_with_the_code_proves_the_domain(self, applied: Application, nameserver: NameServer) -> None:
        nameserver.records["_goodfences.springfield.example"] = applied.code
        proven = actions.prove_by_dns(application=applied)
        assert (proven.proven_by, proven.proven_at) == ("dns", source.now())

    @pytest.mark.parametrize("record", [None, "goodfences=somebody-elses", "v=spf1 -all"])
    def test_another_record_or_none_proves_nothing(
        self, applied: Application, nameserver: NameServer, record: str | None
    ) -> None:
        if record:
            nameserver.records["_goodfences.springfield.example"] = record
        with pytest.raises(Refused):
            actions.prove_by_dns(application=applied)
        applied.refresh_from_db()
        assert applied.proven_at is None

    def test_nobody_has_us_ask_for_it_all_day(self, applied: Application, clock: source.SeededSource) -> None:
        for _ in range(30):
            with pytest.raises(Refused, match="record"):
                actions.prove_by_dns(application=applied)
        with pytest.raises(TooOften):
            actions.prove_by_dns(application=applied)


class TestByMail:
    def test_the_button_behind_the_mailed_link_proves_it(self, applied: Application) -> None:
        actions.ask_by_mail(application=applied)
        message = mailed(applied, "proof")
        assert message.to == "records@springfield.example"
        token = re.search(r"/apply/prove/([^/]+)/", message.context["link"])
        assert token
        assert actions.prove_by_mail(token=token[1]).proven_by == "mail"

    def test_the_applicants_own_link_proves_nothing(self, applied: Application) -> None:
        with pytest.raises(NotFound):
            actions.prove_by_mail(token=access.own_link(applied))

    def test_a_link_is_too_old_after_a_week(self, applied: Application, clock: source.SeededSource) -> None:
        actions.ask_by_mail(application=applied)
        token = mailed(applied, "proof").context["link"].split("/")[-2]
        clock.advance(timedelta(days=8))
        with pytest.raises(NotFound):
            actions.prove_by_mail(token=token)


class TestSigning:
    def test_needs_a_proven_domain(self, applied: Application) -> None:
        with pytest.raises(Refused) as refused:
            actions.sign(application=applied, signature=keys.signature(applied.statement.encode()))
        assert refused.value.problems[0].rule == "joining.unproven"

    def test_over_another_text_is_refused(self, applied: Application) -> None:
        proven = actions.applying._prove(applied, Application.Proof.MAIL)
        with pytest.raises(Refused) as refused:
            actions.sign(application=proven, signature=keys.signature(b"Another text."))
        assert "another text" in refused.value.problems[0].message

    def test_is_kept_with_the_keys_fingerprint(self, signed: Application) -> None:
        assert signed.state == State.SIGNED
        assert signed.agency_key.startswith("SHA256:")

    def test_happens_once(self, signed: Application) -> None:
        with pytest.raises(Refused):
            actions.sign(application=signed, signature=signed.signature)


def test_the_statement_says_every_fact_on_a_line_of_its_own(applied: Application) -> None:
    head, _, text = applied.statement.partition("\n\n")
    assert "Official domain: springfield.example" in head.splitlines()
    assert "Kept for (days): 30" in head.splitlines()
    assert 'Stricter than the common policy: {"request.expiry":3}' in head.splitlines()
    assert text == f"{applied.text}\n"


def test_a_withdrawn_application_is_over_and_nothing_private_stays(signed: Application, otto: Any) -> None:
    actions.withdraw(application=signed)
    signed.refresh_from_db()
    assert (signed.state, signed.admin, signed.applicant_email) == (State.WITHDRAWN, {}, "")
    assert signed.oversight == {"name": "Springfield City Council"}
    with pytest.raises(Refused):
        actions.announce(operator=otto, ref=signed.ref)


def test_what_nobody_signed_in_a_month_is_forgotten(applied: Application, clock: source.SeededSource) -> None:
    clock.advance(timedelta(days=29))
    assert actions.forget_stale(10) == 0
    clock.advance(timedelta(days=2))
    assert actions.forget_stale(10) == 1
    assert not Application.objects.exists()
