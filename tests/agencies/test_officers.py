"""An agency's admin keeps its officers; what an agency is told never depends on who else signs in here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goodfences.agencies import access, actions, queries
from goodfences.agencies.models import Agency, Officer
from goodfences.errors import NotFound, Refused
from goodfences.ledger import queries as ledger
from goodfences.people.models import Account
from tests.agencies.conftest import ROOKIE
from tests.persons import make_officer, officer


def rules(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {problem.rule for problem in refused.value.problems}


def test_an_admin_adds_an_officer_who_can_act(aggie: Account) -> None:
    added = actions.add_officer(acting=officer(aggie), particulars=ROOKIE)
    account = Account.objects.get(email="rookie@northgate.example")
    assert access.officer_of(account.pk) == added
    assert account.kind == "officer"


def test_the_ledger_and_the_agencys_log_say_so(aggie: Account) -> None:
    added = actions.add_officer(acting=officer(aggie), particulars=ROOKIE)
    entry = ledger.entries(kind="agency.officer").get()
    assert entry.body == {
        "agency": "northgate-police",
        "change": "added",
        "officer": added.ref,
        "role": "requester",
        "shown_as": "Officer 5150",
    }
    act = queries.acts(added.agency).get()
    assert (act.kind, act.officer, act.about) == ("officer.added", officer(aggie), "Officer 5150, requester")


def test_nobody_but_an_admin_adds_officers(omar: Account, ada: Account, audrey: Account) -> None:
    for account in (omar, ada, audrey):
        with pytest.raises(NotFound):
            actions.add_officer(acting=officer(account), particulars=ROOKIE)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "rookie"),
        ("name", ""),
        ("role", "boss"),
        ("title", ""),
        ("title", "<b>Boss</b>"),
        ("badge", ""),
        ("badge", "12 34"),
        ("contact", ""),
    ],
)
def test_a_wrong_particular_names_its_field(aggie: Account, field: str, value: str) -> None:
    with pytest.raises(Refused) as refused:
        actions.add_officer(acting=officer(aggie), particulars=replace(ROOKIE, **{field: value}))
    assert [problem.field for problem in refused.value.problems] == [field]
    assert not Account.objects.filter(email=ROOKIE.email).exists()


def test_a_badge_and_an_address_belong_to_one_officer_of_the_agency(aggie: Account) -> None:
    actions.add_officer(acting=officer(aggie), particulars=ROOKIE)
    with pytest.raises(Refused) as refused:
        actions.add_officer(acting=officer(aggie), particulars=ROOKIE)
    assert rules(refused) == {"officer.badge_taken", "officer.email_taken"}


def test_adding_a_residents_address_looks_the_same_and_gives_nobody_access(aggie: Account, olive: Account) -> None:
    added = actions.add_officer(acting=officer(aggie), particulars=replace(ROOKIE, email="Olive@example.org"))
    assert (added.email, added.active, added.account) == ("olive@example.org", True, None)
    with pytest.raises(NotFound):
        access.officer_of(olive.pk)
    olive.refresh_from_db()
    assert olive.kind == "resident"


def test_an_officer_of_another_agency_isnt_taken_over(aggie: Account, sam: Account) -> None:
    added = actions.add_officer(acting=officer(aggie), particulars=replace(ROOKIE, email=sam.email))
    assert added.account is None
    assert access.officer_of(sam.pk).agency.slug == "harbor-sheriff"


def test_an_officer_who_left_another_agency_can_be_added(aggie: Account, sam: Account) -> None:
    Officer.objects.filter(account=sam).update(active=False)
    added = actions.add_officer(acting=officer(aggie), particulars=replace(ROOKIE, email=sam.email))
    assert access.officer_of(sam.pk) == added


def test_a_deactivated_officer_cant_act(aggie: Account, omar: Account) -> None:
    actions.deactivate_officer(acting=officer(aggie), ref=officer(omar).ref)
    with pytest.raises(NotFound):
        access.officer_of(omar.pk)
    with pytest.raises(NotFound):
        access.still_acting(officer(omar))


def test_deactivating_and_reactivating_twice_is_once(aggie: Account, omar: Account) -> None:
    ref = officer(omar).ref
    actions.deactivate_officer(acting=officer(aggie), ref=ref)
    actions.deactivate_officer(acting=officer(aggie), ref=ref)
    actions.reactivate_officer(acting=officer(aggie), ref=ref)
    actions.reactivate_officer(acting=officer(aggie), ref=ref)
    assert access.officer_of(omar.pk).ref == ref
    assert [entry.body["change"] for entry in ledger.entries(kind="agency.officer") if entry.body] == [
        "deactivated",
        "reactivated",
    ]


def test_one_who_now_works_elsewhere_is_reactivated_without_their_account(
    aggie: Account, omar: Account, harbor: Agency
) -> None:
    old = officer(omar)
    actions.deactivate_officer(acting=officer(aggie), ref=old.ref)
    Officer.objects.create(account=omar, agency=harbor, role="requester", title="Deputy", badge="8", contact="x")
    again = actions.reactivate_officer(acting=officer(aggie), ref=old.ref)
    assert (again.active, again.account) == (True, None)
    assert access.officer_of(omar.pk).agency == harbor


def test_the_last_admin_stays(aggie: Account, northgate: Agency) -> None:
    ref = officer(aggie).ref
    with pytest.raises(Refused) as refused:
        actions.deactivate_officer(acting=officer(aggie), ref=ref)
    assert rules(refused) == {"officer.last_admin"}
    with pytest.raises(Refused):
        actions.change_role(acting=officer(aggie), ref=ref, role="auditor")
    make_officer(northgate, "Second", Officer.Role.ADMIN, "Captain", "1002")
    actions.deactivate_officer(acting=officer(aggie), ref=ref)
    with pytest.raises(NotFound):
        access.admin_of(aggie.pk)


def test_a_role_is_changed_in_public(aggie: Account, omar: Account) -> None:
    actions.change_role(acting=officer(aggie), ref=officer(omar).ref, role="approver")
    assert officer(omar).role == "approver"
    entry = ledger.entries(kind="agency.officer").get()
    assert entry.body is not None
    assert (entry.body["change"], entry.body["role"]) == ("role", "approver")


def test_the_same_role_again_changes_nothing(aggie: Account, omar: Account) -> None:
    actions.change_role(acting=officer(aggie), ref=officer(omar).ref, role="requester")
    assert not ledger.entries().exists()


def test_an_unknown_role_is_refused(aggie: Account, omar: Account) -> None:
    with pytest.raises(Refused) as refused:
        actions.change_role(acting=officer(aggie), ref=officer(omar).ref, role="chief")
    assert rules(refused) == {"officer.role"}


def test_another_agencys_officer_is_not_found(aggie: Account, sam: Account) -> None:
    for act in (actions.deactivate_officer, actions.reactivate_officer):
        with pytest.raises(NotFound):
            act(acting=officer(aggie), ref=officer(sam).ref)
    with pytest.raises(NotFound):
        actions.change_role(acting=officer(aggie), ref=officer(sam).ref, role="admin")


@pytest.mark.parametrize("person", ["olive", "nadia", "max", "otto"])
def test_whoever_is_no_officer_is_not_found(person: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotFound):
        access.officer_of(request.getfixturevalue(person).pk)


def test_no_account_is_no_officer(omar: Account) -> None:
    with pytest.raises(NotFound):
        access.officer_of(None)


def test_a_closed_account_is_no_officer(omar: Account) -> None:
    Account.objects.filter(pk=omar.pk).update(is_active=False)
    with pytest.raises(NotFound):
        access.officer_of(omar.pk)


def test_the_log_is_for_auditors_and_admins(aggie: Account, audrey: Account, omar: Account, ada: Account) -> None:
    assert access.reader_of_log(audrey.pk).role == "auditor"
    assert access.reader_of_log(aggie.pk).role == "admin"
    for account in (omar, ada):
        with pytest.raises(NotFound):
            access.reader_of_log(account.pk)


def test_the_operator_adds_an_admin_where_none_is_left(northgate: Agency, aggie: Account, otto: Account) -> None:
    new = ROOKIE
    with pytest.raises(Refused):
        actions.add_admin(operator=otto, slug=northgate.slug, particulars=new)
    Officer.objects.filter(account=aggie).update(active=False)
    assert actions.add_admin(operator=otto, slug=northgate.slug, particulars=new).role == "admin"


def test_adding_an_admin_is_the_operators_and_for_partners(northgate: Agency, otto: Account, aggie: Account) -> None:
    with pytest.raises(NotFound):
        actions.add_admin(operator=aggie, slug=northgate.slug, particulars=ROOKIE)
    with pytest.raises(NotFound):
        actions.add_admin(operator=otto, slug="nowhere", particulars=ROOKIE)


def test_officers_are_listed_active_ones_first(aggie: Account, omar: Account, sam: Account) -> None:
    actions.deactivate_officer(acting=officer(aggie), ref=officer(omar).ref)
    listed = list(queries.officers(officer(aggie).agency))
    assert [one.active for one in listed] == [True, False]
