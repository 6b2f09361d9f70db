"""A first officer submits, a second one opens or rejects, and the public record knows before anyone is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from goodfences import source
from goodfences.agencies.models import Agency, Agreement, Officer
from goodfences.agencies.queries import acts
from goodfences.errors import NotFound, Refused
from goodfences.ledger import queries as ledger
from goodfences.people.models import Account
from goodfences.places import cell_to_hex, coarse
from goodfences.policy import in_force
from goodfences.video_requests import actions, portal
from goodfences.video_requests.actions import opening
from goodfences.video_requests.details import details, details_hash
from goodfences.video_requests.models.request import VideoRequest
from goodfences.video_requests.publication import policy_is_published, publish_policy
from tests.persons import OLIVES_PLACE, cell, make_officer, officer
from tests.video_requests.conftest import AREA, REASON, fields


def rules(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {problem.rule for problem in refused.value.problems}


def submit_another(omar: Account, case: str) -> VideoRequest:
    draft = actions.save_draft(officer=officer(omar), fields=fields(case_number=case))
    return actions.submit(officer=officer(omar), ref=draft.ref)


def test_a_submitted_request_waits_and_is_not_public_yet(submitted: VideoRequest) -> None:
    assert (submitted.state, submitted.is_published) == ("submitted", False)
    assert submitted.policy_hash == in_force().hash
    assert not ledger.entries(subject=f"request:{submitted.ref}").exists()


def test_submitting_tells_every_broken_rule_at_once(omar: Account, policy_published: None) -> None:
    wrong = fields(reason="Because.", case_number="", ends_at=source.now() + timedelta(hours=1))
    draft = actions.save_draft(officer=officer(omar), fields=wrong)
    with pytest.raises(Refused) as refused:
        actions.submit(officer=officer(omar), ref=draft.ref)
    assert {"reason.min", "case_number.format", "window.future", "window.max"} <= rules(refused)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_nothing_is_submitted_by_a_policy_that_isnt_public(omar: Account) -> None:
    draft = actions.save_draft(officer=officer(omar), fields=fields())
    with pytest.raises(Refused) as refused:
        actions.submit(officer=officer(omar), ref=draft.ref)
    assert rules(refused) == {"policy.unpublished"}
    publish_policy()
    assert actions.submit(officer=officer(omar), ref=draft.ref).state == "submitted"


def test_the_policy_is_published_once_and_again_when_it_changes(
    policy_published: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert policy_is_published()
    assert publish_policy() is False
    tighter = in_force().with_stricter({"agency.open": 3})
    monkeypatch.setattr("goodfences.video_requests.publication.in_force", lambda: tighter)
    assert not policy_is_published()
    assert publish_policy() is True
    first, second = ledger.entries(kind="policy")
    assert first.body is not None
    assert second.body is not None
    assert second.body["previous"] == first.body["hash"] != second.body["hash"] == tighter.hash


def test_the_second_officer_opens_it_with_its_public_entry(submitted: VideoRequest, ada: Account) -> None:
    opened = actions.approve(officer=officer(ada), ref=submitted.ref)
    assert (opened.state, opened.approver) == ("open", officer(ada))
    assert opened.opened_at is not None
    assert opened.expires_at == opened.opened_at + timedelta(days=7)
    assert opened.ledger_index is not None
    assert ledger.entry(opened.ledger_index).subject == f"request:{opened.ref}"


def test_the_entry_says_who_asks_for_what_and_coarsely_where(unsigned: VideoRequest) -> None:
    assert unsigned.ledger_index is not None
    body = ledger.entry(unsigned.ledger_index).body
    assert body is not None
    assert (body["agency"], body["requested_by"], body["approved_by"]) == (
        "northgate-police",
        "Officer 4411",
        "Sergeant 3102",
    )
    assert body["place_name"] == "Oak Street"
    assert cell_to_hex(coarse(cell(OLIVES_PLACE))) in body["place_cells"]
    assert body["square_miles"] == round(AREA.square_miles, 2)
    assert body["policy"] == in_force().hash


def test_the_entry_keeps_case_reason_contact_and_exact_area_to_a_commitment(unsigned: VideoRequest) -> None:
    assert unsigned.ledger_index is not None
    body = ledger.entry(unsigned.ledger_index).body
    assert body is not None
    written = str(body)
    for private in ("26-0412", REASON, "omar@northgate.example", cell_to_hex(AREA.ranges[0][0])):
        assert private not in written
    assert body["details_sha256"] == details_hash(VideoRequest.objects.get(pk=unsigned.pk))
    assert details(unsigned)["case_number"] == "26-0412"


def test_the_commitment_moves_with_every_detail_and_can_t_be_guessed(unsigned: VideoRequest) -> None:
    before = details_hash(unsigned)
    for name, value in (("reason", "x"), ("case_number", "y"), ("contact", "z"), ("details_salt", "00")):
        old = getattr(unsigned, name)
        setattr(unsigned, name, value)
        assert details_hash(unsigned) != before
        setattr(unsigned, name, old)
    assert len(bytes.fromhex(unsigned.details_salt)) == 32


def test_nobody_opens_or_rejects_their_own_request(northgate: Agency, policy_published: None) -> None:
    both = make_officer(northgate, "Both", Officer.Role.APPROVER, "Sergeant", "55")
    draft = actions.save_draft(officer=officer(both), fields=fields())
    actions.submit(officer=officer(both), ref=draft.ref)
    for act in (
        lambda: actions.approve(officer=officer(both), ref=draft.ref),
        lambda: actions.reject(officer=officer(both), ref=draft.ref, reason="I changed my mind."),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert rules(refused) == {"officers.second"}


def test_an_admin_can_be_the_second_officer(submitted: VideoRequest, aggie: Account) -> None:
    assert actions.approve(officer=officer(aggie), ref=submitted.ref).state == "open"


def test_a_requester_and_an_auditor_cant_open(submitted: VideoRequest, northgate: Agency, audrey: Account) -> None:
    another = make_officer(northgate, "Another", Officer.Role.REQUESTER, "Officer", "4412")
    for account in (another, audrey):
        with pytest.raises(NotFound):
            actions.approve(officer=officer(account), ref=submitted.ref)
        with pytest.raises(NotFound):
            actions.reject(officer=officer(account), ref=submitted.ref, reason="Not good enough.")


def test_an_approver_of_another_agency_finds_nothing(submitted: VideoRequest, harbor: Agency) -> None:
    other = make_officer(harbor, "Other", Officer.Role.APPROVER, "Sergeant", "1")
    with pytest.raises(NotFound):
        actions.approve(officer=officer(other), ref=submitted.ref)


def test_a_draft_cant_be_opened(draft: VideoRequest, ada: Account) -> None:
    with pytest.raises(NotFound):
        actions.approve(officer=officer(ada), ref=draft.ref)


def test_opening_twice_is_refused(unsigned: VideoRequest, ada: Account) -> None:
    with pytest.raises(Refused) as refused:
        actions.approve(officer=officer(ada), ref=unsigned.ref)
    assert rules(refused) == {"request.state"}
    assert ledger.entries(kind="request.opened").count() == 1


def test_the_policy_is_checked_again_when_it_is_opened(submitted: VideoRequest, ada: Account) -> None:
    VideoRequest.objects.filter(pk=submitted.pk).update(starts_at=submitted.starts_at - timedelta(days=60))
    with pytest.raises(Refused) as refused:
        actions.approve(officer=officer(ada), ref=submitted.ref)
    assert rules(refused) == {"window.age", "window.max"}
    submitted.refresh_from_db()
    assert submitted.state == "submitted"


def test_a_policy_changed_meanwhile_must_be_public_first(
    submitted: VideoRequest, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "policy_is_published", lambda: False)
    with pytest.raises(Refused) as refused:
        actions.approve(officer=officer(ada), ref=submitted.ref)
    assert rules(refused) == {"policy.unpublished"}


def test_an_agreement_makes_the_rules_stricter(omar: Account, northgate: Agency, policy_published: None) -> None:
    Agreement.objects.filter(agency=northgate).update(stricter={"area.max": 0.1, "incident_types": ["homicide"]})
    problems = actions.check(officer=officer(omar), fields=fields())
    assert {problem.rule for problem in problems} == {"area.max", "incident_type.listed"}


def test_an_agreements_shorter_expiry_holds(submitted: VideoRequest, ada: Account, northgate: Agency) -> None:
    Agreement.objects.filter(agency=northgate).update(stricter={"request.expiry": 2})
    opened = actions.approve(officer=officer(ada), ref=submitted.ref)
    assert opened.opened_at is not None
    assert opened.expires_at == opened.opened_at + timedelta(days=2)


def test_a_third_request_for_one_case_is_refused_however_it_is_spelled(omar: Account, ada: Account) -> None:
    publish_policy()
    for spelling in ("26-0412", "26 0412"):
        actions.approve(officer=officer(ada), ref=submit_another(omar, spelling).ref)
    with pytest.raises(Refused) as refused:
        submit_another(omar, "26/0412")
    assert rules(refused) == {"case.requests"}


def test_a_rejected_request_doesnt_count_for_its_case(omar: Account, ada: Account) -> None:
    publish_policy()
    for spelling in ("26-0412", "26.0412", "260412"):
        request = submit_another(omar, spelling)
        actions.reject(officer=officer(ada), ref=request.ref, reason="Draw the area closer.")


def test_a_sixth_request_of_an_agency_waits_for_one_to_end(omar: Account) -> None:
    publish_policy()
    for number in range(5):
        submit_another(omar, f"26-100{number}")
    with pytest.raises(Refused) as refused:
        submit_another(omar, "26-2000")
    assert rules(refused) == {"agency.open"}


def test_another_agencys_requests_dont_count(omar: Account, sam: Account) -> None:
    publish_policy()
    for number in range(5):
        submit_another(omar, f"26-100{number}")
    assert submit_another(sam, "26-1000").state == "submitted"


def test_a_rejection_is_public_with_its_reason(submitted: VideoRequest, ada: Account) -> None:
    rejected = actions.reject(officer=officer(ada), ref=submitted.ref, reason=" The area is wider than the case. ")
    assert (rejected.state, rejected.approver) == ("rejected", officer(ada))
    entry = ledger.entries(kind="request.rejected").get()
    assert entry.body is not None
    assert (entry.body["why"], entry.body["rejected_by"]) == ("The area is wider than the case.", "Sergeant 3102")
    assert rejected.ledger_index == entry.index


@pytest.mark.parametrize("reason", ["", "No.", "x" * 501])
def test_a_rejection_needs_a_reason(submitted: VideoRequest, ada: Account, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        actions.reject(officer=officer(ada), ref=submitted.ref, reason=reason)
    assert refused.value.problems[0].field == "rejection_reason"


def test_a_rejection_names_nobody_and_no_house(submitted: VideoRequest, ada: Account) -> None:
    with pytest.raises(Refused) as refused:
        actions.reject(officer=officer(ada), ref=submitted.ref, reason="Kaivokatu 12, Maria Gonzalez")
    assert [(problem.rule, problem.field) for problem in refused.value.problems] == [
        ("reason.victim", "rejection_reason"),
        ("text.address", "rejection_reason"),
    ]
    submitted.refresh_from_db()
    assert submitted.state == "submitted"
    assert not ledger.entries(kind="request.rejected").exists()


def test_the_agencys_log_names_who_did_what(unsigned: VideoRequest, omar: Account, ada: Account) -> None:
    told = [(act.kind, act.officer, act.about, act.ref) for act in acts(unsigned.agency)]
    assert told == [
        ("request.opened", officer(ada), "26-0412", unsigned.ref),
        ("request.submitted", officer(omar), "26-0412", unsigned.ref),
    ]


def test_powers_follow_role_state_and_authorship(
    submitted: VideoRequest, omar: Account, ada: Account, audrey: Account
) -> None:
    def able(account: Account) -> set[str]:
        request = portal.request(officer(account), submitted.ref)
        return {name for name, may in vars(portal.powers(officer(account), request)).items() if may}

    assert able(omar) == {"take_back"}
    assert able(ada) == {"approve", "reject"}
    assert able(audrey) == set()
    actions.approve(officer=officer(ada), ref=submitted.ref)
    assert able(omar) == {"withdraw", "close"}
    assert able(ada) == {"withdraw", "close"}
    assert able(audrey) == set()


def test_a_request_that_waits_can_be_taken_back_and_submitted_anew(
    submitted: VideoRequest, omar: Account, ada: Account
) -> None:
    taken = actions.take_back(officer=officer(omar), ref=submitted.ref)
    assert (taken.state, taken.submitted_at, taken.policy_hash) == ("draft", None, "")
    assert acts(taken.agency)[0].kind == "request.taken_back"
    with pytest.raises(NotFound):
        actions.approve(officer=officer(ada), ref=submitted.ref)
    assert not ledger.entries(kind="request.opened").exists()
    assert actions.submit(officer=officer(omar), ref=submitted.ref).state == "submitted"


def test_only_its_author_takes_it_back_and_only_while_it_waits(
    submitted: VideoRequest, omar: Account, ada: Account, sam: Account, audrey: Account
) -> None:
    for account in (ada, sam, audrey):
        with pytest.raises(NotFound):
            actions.take_back(officer=officer(account), ref=submitted.ref)
    actions.approve(officer=officer(ada), ref=submitted.ref)
    with pytest.raises(Refused) as refused:
        actions.take_back(officer=officer(omar), ref=submitted.ref)
    assert refused.value.problems[0].rule == "request.state"
    submitted.refresh_from_db()
    assert submitted.state == "open"


def test_what_was_never_opened_doesnt_count_among_the_requests_for_a_case(
    omar: Account, ada: Account, policy_published: None
) -> None:
    for _time in range(3):
        actions.take_back(officer=officer(omar), ref=submit_another(omar, "26-0900").ref)
        rejected = submit_another(omar, "26-0900")
        actions.reject(officer=officer(ada), ref=rejected.ref, reason="Draw the area closer.")
    assert submit_another(omar, "26-0900").state == "submitted"
