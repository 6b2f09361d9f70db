"""An agency's officers act one after another."""

from __future__ import annotations

from functools import partial

import pytest

from goodfences.agencies import actions
from goodfences.agencies.models import Officer
from goodfences.errors import NotFound, Refused
from goodfences.ledger import queries as ledger
from goodfences.people.models import Account
from tests.agencies.conftest import ROOKIE
from tests.at_once import at_once
from tests.persons import make_officer, officer

pytestmark = [pytest.mark.at_once, pytest.mark.django_db(transaction=True)]


def test_two_admins_cant_deactivate_each_other(aggie: Account) -> None:
    northgate = officer(aggie).agency
    other = officer(make_officer(northgate, "Abel", Officer.Role.ADMIN, "Captain", "1002"))
    outcomes = at_once(
        partial(actions.deactivate_officer, acting=officer(aggie), ref=other.ref),
        partial(actions.deactivate_officer, acting=other, ref=officer(aggie).ref),
    )
    assert [type(outcome) for outcome in outcomes if not isinstance(outcome, Officer)] == [NotFound]
    assert northgate.officers.filter(role="admin", active=True).count() == 1


def test_the_same_officer_added_twice_is_one(aggie: Account) -> None:
    add = partial(actions.add_officer, acting=officer(aggie), particulars=ROOKIE)
    outcomes = at_once(add, add)
    assert [type(outcome) for outcome in outcomes if not isinstance(outcome, Officer)] == [Refused]
    assert ledger.entries(kind="agency.officer").count() == 1
