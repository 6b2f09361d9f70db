"""Two windows on one household's cameras, and two devices with one code."""

from __future__ import annotations

from functools import partial

import pytest

from goodfences.cameras import actions
from goodfences.cameras.models import Camera, Device
from goodfences.errors import NotFound, Refused
from goodfences.people import actions as people
from goodfences.people.models import Account
from tests.at_once import at_once
from tests.persons import NADIAS_PLACE, cell

pytestmark = [pytest.mark.at_once, pytest.mark.django_db(transaction=True)]


def test_a_camera_added_during_a_move_stands_where_its_household_went(olive: Account) -> None:
    move = partial(
        people.settle, account=olive, cell=cell(NADIAS_PLACE), household_name="", language="en", time_zone="UTC"
    )
    at_once(partial(actions.add_camera, account=olive, name="Yard", looks_at="yard"), move)
    assert Camera.objects.count() == 4
    assert set(Camera.objects.values_list("cell", flat=True)) == {cell(NADIAS_PLACE)}


def test_a_removed_camera_isnt_switched_on_again(olive: Account, street_camera: Camera) -> None:
    change = partial(actions.change_camera, name="Street", looks_at="street", may_be_asked=True)
    outcomes = at_once(
        partial(actions.remove_camera, account=olive, ref=street_camera.ref),
        partial(change, account=olive, ref=street_camera.ref),
    )
    street_camera.refresh_from_db()
    assert street_camera.removed_at is not None and not street_camera.may_be_asked
    assert outcomes[0] is None and isinstance(outcomes[1], Camera | NotFound)


def test_one_code_pairs_one_device(olive: Account) -> None:
    code = actions.start_pairing(account=olive)
    outcomes = at_once(*(partial(actions.pair, code, name) for name in ("Hub", "Thief")), at='"cameras_pairingcode"')
    assert [type(outcome) for outcome in outcomes if not isinstance(outcome, tuple)] == [Refused]
    assert Device.objects.count() == 1
