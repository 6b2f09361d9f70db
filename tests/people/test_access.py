"""Who may find a household, a member, an invitation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from goodfences import source
from goodfences.errors import NotFound
from goodfences.people import access
from goodfences.people.models import Account, Household, Invitation, Membership
from tests.persons import make_account


def invitation_for(home: Household, email: str) -> Invitation:
    return Invitation.objects.create(household=home, email=email, expires_at=source.now() + timedelta(days=1))


def membership(account: Account) -> Membership:
    return Membership.objects.get(account=account)


def test_an_account_is_found_by_its_address_however_typed(olive: Account) -> None:
    assert access.account_of(" Olive@Example.org ") == olive


def test_no_account_is_found_by_another_address(olive: Account) -> None:
    with pytest.raises(NotFound):
        access.account_of("nobody@example.org")


def test_a_closed_account_isnt_found(olive: Account) -> None:
    Account.objects.update(is_active=False)
    with pytest.raises(NotFound):
        access.account_of(olive.email)


def test_olive_and_hugo_are_at_home(olive: Account, hugo: Account, olives_home: Household) -> None:
    assert access.home(olive) == access.home(hugo) == olives_home


def test_only_olive_owns_it(olive: Account, hugo: Account, stranger: Account, olives_home: Household) -> None:
    assert access.owned_home(olive) == olives_home
    assert not access.is_owner(hugo, olives_home)
    assert not access.is_owner(stranger, olives_home)
    with pytest.raises(NotFound):
        access.owned_home(hugo)


@pytest.mark.parametrize("person", ["omar", "ada", "sam", "aggie", "audrey", "max", "otto"])
def test_nobody_but_residents_has_a_home(person: str, request: pytest.FixtureRequest, olives_home: Household) -> None:
    account = request.getfixturevalue(person)
    # Even a row that should never be there opens no door.
    Membership.objects.create(household=olives_home, account=account, role="member")
    with pytest.raises(NotFound):
        access.home(account)


def test_a_newcomer_has_no_home_yet(db: None) -> None:
    newcomer = make_account("Newcomer")
    assert access.household_of(newcomer) is None
    with pytest.raises(NotFound):
        access.home(newcomer)


def test_a_closed_account_has_no_home(olive: Account) -> None:
    olive.is_active = False
    with pytest.raises(NotFound):
        access.home(olive)


def test_olive_finds_hugos_membership_and_hugo_his_own(olive: Account, hugo: Account) -> None:
    assert access.member(olive, membership(hugo).ref) == membership(hugo)
    assert access.member(hugo, membership(hugo).ref) == membership(hugo)


def test_hugo_doesnt_find_olives(olive: Account, hugo: Account) -> None:
    with pytest.raises(NotFound):
        access.member(hugo, membership(olive).ref)


def test_a_stranger_finds_neither(stranger: Account, hugo: Account) -> None:
    with pytest.raises(NotFound):
        access.member(stranger, membership(hugo).ref)


def test_olive_finds_the_invitation_that_she_sent(olive: Account, olives_home: Household) -> None:
    sent = invitation_for(olives_home, "nadia@example.org")
    assert access.sent_invitation(olive, sent.ref) == sent


@pytest.mark.parametrize("person", ["hugo", "stranger", "nadia", "omar", "max", "otto"])
def test_nobody_else_finds_it(person: str, request: pytest.FixtureRequest, olives_home: Household) -> None:
    sent = invitation_for(olives_home, "nadia@example.org")
    with pytest.raises(NotFound):
        access.sent_invitation(request.getfixturevalue(person), sent.ref)


def test_olive_doesnt_find_one_of_another_home(olive: Account, strangers_home: Household) -> None:
    with pytest.raises(NotFound):
        access.sent_invitation(olive, invitation_for(strangers_home, "nadia@example.org").ref)


def test_the_invited_person_finds_it(nadia: Account, olives_home: Household) -> None:
    received = invitation_for(olives_home, nadia.email)
    assert access.received_invitation(nadia, received.ref) == received


def test_another_person_with_the_link_doesnt(stranger: Account, olives_home: Household) -> None:
    with pytest.raises(NotFound):
        access.received_invitation(stranger, invitation_for(olives_home, "nadia@example.org").ref)


def test_an_officer_cant_be_invited_into_a_household(omar: Account, olives_home: Household) -> None:
    with pytest.raises(NotFound):
        access.received_invitation(omar, invitation_for(olives_home, omar.email).ref)


def test_there_is_no_invitation_with_an_unknown_ref(nadia: Account) -> None:
    with pytest.raises(NotFound):
        access.received_invitation(nadia, "unknown")


def test_an_old_invitation_is_not_found(clock: source.SeededSource, nadia: Account, olives_home: Household) -> None:
    received = invitation_for(olives_home, nadia.email)
    clock.advance(timedelta(days=1))
    with pytest.raises(NotFound):
        access.received_invitation(nadia, received.ref)
