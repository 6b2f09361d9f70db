"""Who may ask what: every broken rule at once, and nothing that hidden rows could change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress

from goodfences import source
from goodfences.errors import NotFound, Refused
from goodfences.neighbor_requests import actions, rules
from goodfences.neighbor_requests.models import NeighborRequest
from goodfences.people import actions as people
from goodfences.people.models import Account, Membership
from tests import persons
from tests.at_once import at_once
from tests.neighbor_requests.conftest import draft, known_for_long

pytestmark = pytest.mark.django_db


def broken(account: Account, **changes: Any) -> set[str]:
    with pytest.raises(Refused) as refused:
        actions.ask(account=account, draft=draft(**changes))
    return {problem.rule for problem in refused.value.problems}


def test_a_neighbor_asks_around_their_own_place(asker: Account) -> None:
    made = actions.ask(account=asker, draft=draft())
    assert (made.cell, made.radius_meters) == (asker.households.get().cell, 150)
    assert made.expires_at - source.now() == timedelta(days=rules.in_force().open_days)


def hours(begins: float, ends: float) -> Callable[[], dict[str, Any]]:
    return lambda: {
        "starts_at": source.now() - timedelta(hours=begins),
        "ends_at": source.now() - timedelta(hours=ends),
    }


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        (hours(7.1, 3), "window.max"),
        (hours(24 * 7 + 1, 24 * 7 - 1), "window.age"),
        (hours(1, -0.1), "window.future"),
        (hours(3, 4), "window.order"),
        ({"starts_at": None}, "window.given"),
        ({"kind": "party"}, "kind.listed"),
        ({"is_own": False}, "incident.own"),
        ({"reason": "My car was hit."}, "reason.min"),
        ({"reason": "x" * 1001}, "reason.max"),
        ({"name": "N" * 41}, "name.max"),
        ({"name": "N\u202eadia"}, "text.visible"),
        ({"reason": "We are looking for a Black man who was in our street last night."}, "reason.race"),
        ({"reason": "My car was hit in front of 12 Elm Street while I was asleep last night."}, "place.address"),
        (
            {"reason": "Somebody in our street looks out of place and does not belong here at all."},
            "person.suspicion",
        ),
        ({"reason": "My car was hit last night. Whoever saw it may call me: 555-0142-7788."}, "contact.phone"),
        ({"name": "call 555-0142-7788"}, "contact.phone"),
        ({"reason": "We want to see who went to the protest march in our street last night."}, "purpose.assembly"),
    ],
)
def test_a_rule_is_kept(asker: Account, changes: Any, rule: str) -> None:
    assert rule in broken(asker, **(changes() if callable(changes) else changes))
    assert not NeighborRequest.objects.exists()


def test_a_pet_may_be_named(asker: Account) -> None:
    reason = "Our cat Minka ran away through the gate; she is gray, with one white ear."
    assert actions.ask(account=asker, draft=draft(kind="lost_pet", reason=reason))


def test_all_broken_rules_are_said_at_once(nadia: Account) -> None:
    EmailAddress.objects.filter(user=nadia).update(verified=False)
    nadia.created_at = source.now()
    found = broken(nadia, kind="", reason="", starts_at=None, is_own=False)
    assert found >= {"account.confirmed", "account.age", "place.age", "kind.listed", "reason.min", "window.given"}


def test_four_hours_of_a_week_ago_are_fine(asker: Account) -> None:
    assert actions.ask(account=asker, draft=draft(**hours(24 * 7, 24 * 7 - 4)()))


def test_twice_in_thirty_days_whoever_of_the_household(asker: Account, clock: source.SeededSource) -> None:
    son = persons.make_account("Nestor")
    Membership.objects.create(household=asker.households.get(), account=son, role=Membership.Role.MEMBER)
    known_for_long(son)
    actions.ask(account=asker, draft=draft())
    actions.close(account=asker, ref=NeighborRequest.objects.get().ref)
    actions.ask(account=son, draft=draft())
    assert broken(asker) == broken(son) == {"requests.max"}
    clock.advance(timedelta(days=30, seconds=1))
    assert actions.ask(account=asker, draft=draft())


def test_who_has_just_moved_cant_ask_there_yet(asker: Account, clock: source.SeededSource) -> None:
    there = {
        "cell": persons.cell(persons.STRANGERS_PLACE),
        "household_name": "",
        "language": "en",
        "time_zone": "UTC",
    }
    people.settle(account=asker, **there)
    assert broken(asker) == {"place.age"}
    clock.advance(timedelta(days=rules.in_force().place_age_days))
    assert actions.ask(account=asker, draft=draft()).cell == persons.cell(persons.STRANGERS_PLACE)


def test_who_has_no_home_or_is_no_resident_asks_nobody(omar: Account, db: None) -> None:
    for account in (omar, persons.make_account("Nomad")):
        with pytest.raises(NotFound):
            actions.ask(account=account, draft=draft())


def test_only_the_asker_closes_it(asker: Account, stranger: Account, asked: NeighborRequest) -> None:
    with pytest.raises(NotFound):
        actions.close(account=stranger, ref=asked.ref)
    assert actions.close(account=asker, ref=asked.ref).state == "closed"
    assert actions.close(account=asker, ref=asked.ref).state == "closed"


def test_the_file_of_rules_is_whole_and_never_reaches_farther_than_150_m() -> None:
    text = rules.FILE.read_text()
    assert rules.read(text) == rules.in_force()
    for bad in (
        text.replace("radius_meters = 150", "radius_meters = 151"),
        text.replace("asks_max = 3", "asks_max = 0"),
        text.replace("asks_max = 3\n", ""),
        text + "\nmore = 1\n",
    ):
        with pytest.raises(ValueError, match=r"rules miss|no whole number|would be a search"):
            rules.read(bad)


@pytest.mark.at_once
@pytest.mark.django_db(transaction=True)
def test_two_forms_at_once_dont_pass_the_limit(asker: Account) -> None:
    actions.ask(account=asker, draft=draft())
    outcomes = at_once(*[lambda: actions.ask(account=asker, draft=draft())] * 2)
    assert sorted(type(one).__name__ for one in outcomes) == ["NeighborRequest", "Refused"]
