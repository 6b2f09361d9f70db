"""Settling, settings, and the people of a household."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction

from goodfences import source
from goodfences.cameras.models import Camera
from goodfences.errors import NotFound, Refused
from goodfences.mail.models import OutboxMessage
from goodfences.people import access, actions, limits, queries, tasks
from goodfences.people.models import Account, Household, Invitation, Membership
from tests.persons import NADIAS_PLACE, OLIVES_PLACE, cell, make_account


@pytest.fixture
def newcomer(db: None) -> Account:
    return make_account("Newcomer")


def settle(account: Account, **changes: object) -> Household:
    wishes = {"cell": cell(OLIVES_PLACE), "household_name": "Birch house", "language": "en", "time_zone": "UTC"}
    return actions.settle(account=account, **{**wishes, **changes})  # type: ignore[arg-type]


def test_a_newcomer_settles_as_the_owner(newcomer: Account) -> None:
    home = settle(newcomer, language="es", time_zone="Europe/Madrid")
    assert access.owned_home(newcomer) == home
    newcomer.refresh_from_db()
    assert (newcomer.language, newcomer.time_zone, newcomer.name) == ("es", "Europe/Madrid", "Newcomer")


def test_settling_again_moves_household_and_cameras(olive: Account, olives_home: Household) -> None:
    moved = settle(olive, cell=cell(NADIAS_PLACE))
    assert moved == olives_home and Household.objects.count() == 1
    assert set(Camera.objects.values_list("cell", flat=True)) == {cell(NADIAS_PLACE)}


def test_settling_in_the_same_place_renames(olive: Account) -> None:
    assert settle(olive).name == "Birch house"


@pytest.mark.parametrize("resolution", [0, 8, 10, 12, 15])
def test_only_a_cell_of_resolution_11_is_kept(resolution: int, newcomer: Account) -> None:
    with pytest.raises(Refused) as caught:
        settle(newcomer, cell=cell(OLIVES_PLACE, resolution))
    assert caught.value.problems[0].field == "cell"
    assert not Household.objects.exists()


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1, 0x08B0_0000_0000_0000 + 1, 0x08BF_FFFF_FFFF_FFFF])
def test_a_number_that_is_no_cell_is_refused(number: int, newcomer: Account) -> None:
    with pytest.raises(Refused, match="isn't a place"):
        settle(newcomer, cell=number)


@pytest.mark.parametrize("resolution", [10, 12, 15])
def test_the_database_itself_refuses_another_resolution(resolution: int, db: None) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Household.objects.create(cell=cell(OLIVES_PLACE, resolution))


def test_every_problem_is_said_at_once(newcomer: Account) -> None:
    with pytest.raises(Refused) as caught:
        settle(newcomer, cell=1, household_name="x" * 81, language="xx", time_zone="Mars/Olympus")
    assert [problem.field for problem in caught.value.problems] == ["cell", "household_name", "language", "time_zone"]
    assert caught.value.problems[1].limit == "80" and caught.value.problems[1].value == "81"


@pytest.mark.parametrize("person", ["hugo", "omar", "max", "otto"])
def test_only_an_owner_or_a_newcomer_settles(person: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotFound):
        settle(request.getfixturevalue(person))


def test_a_closed_account_cant_settle(newcomer: Account) -> None:
    newcomer.is_active = False
    with pytest.raises(NotFound):
        settle(newcomer)


def test_settings_change(olive: Account) -> None:
    actions.change_settings(account=olive, name=" Olive L. ", language="es", time_zone="America/Chicago")
    olive.refresh_from_db()
    assert (olive.name, olive.language, olive.time_zone) == ("Olive L.", "es", "America/Chicago")


def test_settings_that_arent_possible_change_nothing(olive: Account) -> None:
    with pytest.raises(Refused) as caught:
        actions.change_settings(account=olive, name="x" * 81, language="de", time_zone="Nowhere")
    assert len(caught.value.problems) == 3
    olive.refresh_from_db()
    assert olive.name == "Olive"


def test_olive_renames_the_household(olive: Account, olives_home: Household) -> None:
    actions.rename_household(account=olive, household_name=" Elder house ")
    olives_home.refresh_from_db()
    assert olives_home.name == "Elder house"
    with pytest.raises(Refused, match="At most 80"):
        actions.rename_household(account=olive, household_name="x" * 81)


def test_hugo_cant_rename_it(hugo: Account) -> None:
    with pytest.raises(NotFound):
        actions.rename_household(account=hugo, household_name="Hugo's")


def test_an_invitation_is_one_email(olive: Account) -> None:
    invitation = actions.invite_member(account=olive, email=" Paul@Example.org ")
    message = OutboxMessage.objects.get()
    assert message.to == invitation.email == "paul@example.org"
    assert message.context["link"].endswith(f"/household/join/{invitation.ref}/")


def test_inviting_again_replaces_the_first(olive: Account) -> None:
    first = actions.invite_member(account=olive, email="paul@example.org")
    again = actions.invite_member(account=olive, email="paul@example.org")
    assert list(Invitation.objects.values_list("ref", flat=True)) == [again.ref] != [first.ref]


@pytest.mark.parametrize(
    ("email", "words"), [("paul", "isn't an email address"), ("hugo@example.org", "in your household already")]
)
def test_an_invitation_that_makes_no_sense_is_refused(email: str, words: str, olive: Account, hugo: Account) -> None:
    with pytest.raises(Refused, match=words):
        actions.invite_member(account=olive, email=email)
    assert not OutboxMessage.objects.exists()


def test_hugo_cant_invite(hugo: Account) -> None:
    with pytest.raises(NotFound):
        actions.invite_member(account=hugo, email="paul@example.org")


def test_a_household_has_at_most_twelve_people(olive: Account) -> None:
    for number in range(11):
        actions.invite_member(account=olive, email=f"guest{number}@example.org")
    with pytest.raises(Refused, match="at most 12 people"):
        actions.invite_member(account=olive, email="guest11@example.org")
    actions.invite_member(account=olive, email="guest0@example.org")


def test_an_invited_newcomer_joins(olive: Account, newcomer: Account, olives_home: Household) -> None:
    invitation = actions.invite_member(account=olive, email=newcomer.email)
    assert actions.accept_invitation(account=newcomer, ref=invitation.ref) == olives_home
    assert access.home(newcomer) == olives_home and not access.is_owner(newcomer, olives_home)
    with pytest.raises(NotFound):
        actions.accept_invitation(account=newcomer, ref=invitation.ref)


def test_a_person_has_one_household(olive: Account, nadia: Account) -> None:
    invitation = actions.invite_member(account=olive, email=nadia.email)
    with pytest.raises(Refused, match="a household already"):
        actions.accept_invitation(account=nadia, ref=invitation.ref)
    assert Invitation.objects.filter(pk=invitation.pk).exists()


def test_a_full_household_takes_nobody_more(olive: Account, newcomer: Account, olives_home: Household) -> None:
    invitation = actions.invite_member(account=olive, email=newcomer.email)
    for number in range(11):
        guest = make_account(f"Guest{number}")
        Membership.objects.create(household=olives_home, account=guest, role="member")
    with pytest.raises(Refused, match="at most 12 people"):
        actions.accept_invitation(account=newcomer, ref=invitation.ref)


def test_an_invitation_can_be_withdrawn(olive: Account, newcomer: Account) -> None:
    invitation = actions.invite_member(account=olive, email=newcomer.email)
    actions.withdraw_invitation(account=olive, ref=invitation.ref)
    with pytest.raises(NotFound):
        actions.accept_invitation(account=newcomer, ref=invitation.ref)


def test_an_invitation_can_be_declined(olive: Account, newcomer: Account) -> None:
    invitation = actions.invite_member(account=olive, email=newcomer.email)
    actions.decline_invitation(account=newcomer, ref=invitation.ref)
    assert queries.invitations_to(newcomer) == []


def test_olive_removes_hugo(olive: Account, hugo: Account) -> None:
    actions.remove_member(account=olive, ref=Membership.objects.get(account=hugo).ref)
    assert access.household_of(hugo) is None


def test_hugo_leaves(hugo: Account) -> None:
    actions.remove_member(account=hugo, ref=Membership.objects.get(account=hugo).ref)
    assert access.household_of(hugo) is None


def test_hugo_cant_remove_olive(olive: Account, hugo: Account) -> None:
    with pytest.raises(NotFound):
        actions.remove_member(account=hugo, ref=Membership.objects.get(account=olive).ref)


def test_the_owner_cant_leave(olive: Account) -> None:
    with pytest.raises(Refused, match="owner can't leave"):
        actions.remove_member(account=olive, ref=Membership.objects.get(account=olive).ref)


def test_owners_are_found_by_household(olive: Account, hugo: Account, stranger: Account) -> None:
    homes = [access.home(olive).pk, access.home(stranger).pk]
    contacts = queries.owners_of(homes)
    assert [contacts[home].email for home in homes] == [olive.email, stranger.email]


def test_a_closed_account_is_nobodys_contact(olive: Account, olives_home: Household) -> None:
    Account.objects.filter(pk=olive.pk).update(is_active=False)
    assert queries.owners_of([olives_home.pk]) == {}


def test_the_owner_comes_first(olive: Account, hugo: Account, olives_home: Household) -> None:
    Membership.objects.filter(account=hugo).update(joined_at=source.now() - timedelta(days=9))
    assert [one.account for one in queries.members_of(olives_home)] == [olive, hugo]


def test_an_account_invites_so_often_a_day(
    olive: Account, olives_home: Household, clock: source.SeededSource
) -> None:
    for _ in range(actions.INVITATIONS_A_DAY):
        actions.invite_member(account=olive, email="paul@example.org")
    with pytest.raises(limits.TooOften):
        actions.invite_member(account=olive, email="paul@example.org")


def test_old_invitations_are_forgotten(clock: source.SeededSource, olive: Account, olives_home: Household) -> None:
    actions.invite_member(account=olive, email="paul@example.org")
    assert len(queries.invitations_into(olives_home)) == 1
    assert tasks.run_due(10) == 0
    clock.advance(timedelta(days=14))
    assert queries.invitations_into(olives_home) == []
    assert tasks.run_due(10) == 2, "it, and the count of that day's"


def test_a_sign_in_whose_time_is_over_leaves_nothing_behind(clock: source.SeededSource, olive: Account) -> None:
    for key, days in (("over", 14), ("still-good", 15)):
        Session.objects.create(
            session_key=key, session_data="what was typed", expire_date=clock.now() + timedelta(days)
        )
    clock.advance(timedelta(days=14))
    assert tasks.run_due(10) == 1
    assert Session.objects.get().session_key == "still-good"
