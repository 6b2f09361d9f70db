"""A person who clicks twice, or in two windows."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from goodfences import source
from goodfences.errors import NotFound, Refused
from goodfences.people import actions, limits
from goodfences.people.models import Account, Household, Invitation, Membership
from tests.at_once import at_once
from tests.persons import NADIAS_PLACE, OLIVES_PLACE, cell, make_account, make_home

pytestmark = [pytest.mark.at_once, pytest.mark.django_db(transaction=True)]


def test_settling_twice_makes_one_household() -> None:
    newcomer = make_account("Newcomer")
    wishes = {"cell": cell(OLIVES_PLACE), "household_name": "Birch house", "language": "en", "time_zone": "UTC"}
    settle = partial(actions.settle, account=newcomer, **wishes)
    one, other = at_once(settle, settle)
    assert one == other == Household.objects.get()


@pytest.fixture
def newcomer() -> Account:
    return make_account("Newcomer")


def test_an_invitation_accepted_twice_counts_once(olive: Account, newcomer: Account) -> None:
    ref = actions.invite_member(account=olive, email=newcomer.email).ref
    accept = partial(actions.accept_invitation, account=newcomer, ref=ref)
    outcomes = at_once(accept, accept)
    assert [type(outcome) for outcome in outcomes if outcome != olive.households.get()] == [NotFound]
    assert newcomer.memberships.count() == 1


def test_of_two_invitations_accepted_at_once_one_is_refused(olive: Account, newcomer: Account) -> None:
    elm = make_account("Elmer")
    make_home(elm, NADIAS_PLACE)
    refs = [actions.invite_member(account=owner, email=newcomer.email).ref for owner in (olive, elm)]
    outcomes = at_once(*(partial(actions.accept_invitation, account=newcomer, ref=ref) for ref in refs))
    assert [type(outcome) for outcome in outcomes if not isinstance(outcome, Household)] == [Refused]


def test_two_people_cant_both_take_the_last_place(olive: Account) -> None:
    invited = [make_account(f"Guest{number}") for number in range(12)]
    expires_at = source.now() + timedelta(days=1)
    home = olive.households.get()
    for guest in invited[2:]:
        Membership.objects.create(household=home, account=guest, role=Membership.Role.MEMBER)
    rows = [
        Invitation.objects.create(household=home, email=each.email, expires_at=expires_at) for each in invited[:2]
    ]
    outcomes = at_once(
        *(
            partial(actions.accept_invitation, account=each, ref=row.ref)
            for each, row in zip(invited, rows, strict=False)
        )
    )
    assert sorted(type(outcome) for outcome in outcomes if outcome != home) == [Refused]
    assert home.memberships.count() == actions.MAX_MEMBERS


def test_inviting_the_same_address_twice_leaves_one_invitation(olive: Account) -> None:
    invite = partial(actions.invite_member, account=olive, email="new@example.org")
    outcomes = at_once(invite, invite)
    assert [type(outcome) for outcome in outcomes] == [Invitation, Invitation]
    assert Invitation.objects.get() in outcomes


def test_every_try_of_a_crowd_is_counted() -> None:
    attempt = partial(limits.count, "pair", "anyone", limit=5, period=timedelta(minutes=10))
    outcomes = at_once(*[attempt] * 8)
    assert sorted(isinstance(outcome, limits.TooOften) for outcome in outcomes) == [False] * 5 + [True] * 3
