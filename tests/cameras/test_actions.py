"""Adding, changing and removing cameras."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from goodfences import source
from goodfences.cameras import actions, queries
from goodfences.cameras.models import Camera, PairingCode
from goodfences.errors import NotFound, Refused
from goodfences.people.models import Account, Household


def test_a_camera_stands_in_its_households_cell_and_is_asked_about_only_if_wished(
    olive: Account, olives_home: Household
) -> None:
    camera = actions.add_camera(account=olive, name=" Yard ", looks_at="yard")
    assert (camera.name, camera.cell, camera.may_be_asked) == ("Yard", olives_home.cell, False)
    assert actions.add_camera(account=olive, name="Alley", looks_at="street", may_be_asked=True).may_be_asked


def test_indoors_is_never_asked_about(olive: Account, indoors_camera: Camera) -> None:
    with pytest.raises(Refused, match="never in any request") as caught:
        actions.add_camera(account=olive, name="Kitchen", looks_at="indoors", may_be_asked=True)
    assert caught.value.problems[0].field == "may_be_asked"
    with pytest.raises(IntegrityError), transaction.atomic():
        Camera.objects.filter(pk=indoors_camera.pk).update(may_be_asked=True)


def test_a_camera_turned_indoors_must_not_be_asked_about(olive: Account, street_camera: Camera) -> None:
    with pytest.raises(Refused):
        actions.change_camera(
            account=olive, ref=street_camera.ref, name="Hall", looks_at="indoors", may_be_asked=True
        )
    street_camera.refresh_from_db()
    assert street_camera.looks_at == "street"


def test_a_camera_changes(olive: Account, street_camera: Camera) -> None:
    actions.change_camera(account=olive, ref=street_camera.ref, name="Lane", looks_at="yard", may_be_asked=False)
    street_camera.refresh_from_db()
    assert (street_camera.name, street_camera.looks_at, street_camera.may_be_asked) == ("Lane", "yard", False)


@pytest.mark.parametrize(("name", "value"), [("", "0"), ("   ", "0"), ("x" * 61, "61")])
def test_a_name_has_1_to_60_characters(name: str, value: str, olive: Account) -> None:
    with pytest.raises(Refused) as caught:
        actions.add_camera(account=olive, name=name, looks_at="sky")
    assert [problem.field for problem in caught.value.problems] == ["name", "looks_at"]
    assert (caught.value.problems[0].limit, caught.value.problems[0].value) == ("60", value)


def test_the_thirty_third_camera_is_refused(olive: Account, olives_home: Household) -> None:
    for number in range(29):
        Camera.objects.create(household=olives_home, name=str(number), looks_at="yard", cell=olives_home.cell)
    with pytest.raises(Refused, match="at most 32 cameras"):
        actions.add_camera(account=olive, name="One more", looks_at="yard")
    actions.remove_camera(account=olive, ref=olives_home.cameras.all()[0].ref)
    actions.add_camera(account=olive, name="One more", looks_at="yard")


def test_a_removed_camera_is_out_of_use(olive: Account, street_camera: Camera, olives_home: Household) -> None:
    actions.remove_camera(account=olive, ref=street_camera.ref)
    street_camera.refresh_from_db()
    assert street_camera.removed_at and not street_camera.may_be_asked
    assert street_camera not in queries.cameras_of(olives_home)
    with pytest.raises(NotFound):
        actions.remove_camera(account=olive, ref=street_camera.ref)


@pytest.mark.parametrize("person", ["hugo", "stranger", "nadia", "omar", "ada", "sam", "max", "otto"])
def test_nobody_else_changes_or_removes_it(
    person: str, request: pytest.FixtureRequest, street_camera: Camera
) -> None:
    account = request.getfixturevalue(person)
    with pytest.raises(NotFound):
        actions.change_camera(account=account, ref=street_camera.ref, name="x", looks_at="yard", may_be_asked=False)
    with pytest.raises(NotFound):
        actions.remove_camera(account=account, ref=street_camera.ref)


@pytest.mark.parametrize("person", ["hugo", "omar", "max", "otto"])
def test_only_an_owner_adds_one(person: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotFound):
        actions.add_camera(account=request.getfixturevalue(person), name="x", looks_at="yard")


def test_the_page_learns_when_a_device_paired(
    clock: source.SeededSource, olive: Account, olives_home: Household
) -> None:
    assert queries.latest_pairing(olives_home) is None
    code = actions.start_pairing(account=olive)
    waiting = queries.latest_pairing(olives_home)
    assert waiting is not None and queries.is_waiting(waiting)
    device, _token = actions.pair(code, "Hub")
    paired = queries.latest_pairing(olives_home)
    assert paired is not None and paired.device == device and not queries.is_waiting(paired)
    assert queries.devices_of(olives_home) == [device]


def test_codes_that_ran_out_are_forgotten(clock: source.SeededSource, olive: Account, stranger: Account) -> None:
    actions.start_pairing(account=stranger)
    clock.advance(actions.CODE_LIFE * 2)
    actions.start_pairing(account=olive)
    assert PairingCode.objects.count() == 1
