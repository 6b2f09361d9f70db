"""A device pairs with a code that works once, for ten minutes, and is kept nowhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from goodfences import source
from goodfences.cameras import access, actions
from goodfences.cameras.models import Device, PairingCode
from goodfences.errors import NotFound, Refused
from goodfences.people import limits
from goodfences.people.models import Account, Household


@pytest.fixture
def code(clock: source.SeededSource, olive: Account) -> str:
    return actions.start_pairing(account=olive)


def test_a_code_is_eight_letters_that_cant_be_mistaken(code: str) -> None:
    assert len(code) == 8
    assert set(code) <= set("BCDFGHJKLMNPQRSTVWXZ")


def test_a_code_pairs_a_device_of_the_household(code: str, olives_home: Household) -> None:
    device, token = actions.pair(code, "Hub")
    assert device.household == olives_home
    assert access.device_for_token(token) == device


def test_neither_code_nor_token_is_kept(code: str) -> None:
    _device, token = actions.pair(code, "Hub")
    assert token not in str(Device.objects.values()) and code not in str(PairingCode.objects.values())


@pytest.mark.parametrize("typed", [str.lower, lambda c: f" {c[:4]}-{c[4:]} ", lambda c: " ".join(c)])
def test_a_code_may_be_typed_as_people_type(typed: object, code: str) -> None:
    actions.pair(typed(code), "Hub")  # type: ignore[operator]


def test_a_code_works_once(code: str) -> None:
    actions.pair(code, "Hub")
    with pytest.raises(Refused, match="unknown, used or older"):
        actions.pair(code, "Another")
    assert Device.objects.count() == 1


def test_a_code_is_good_for_ten_minutes(code: str, clock: source.SeededSource) -> None:
    clock.advance(timedelta(minutes=10))
    with pytest.raises(Refused, match="ten minutes"):
        actions.pair(code, "Hub")


def test_an_unknown_code_pairs_nothing(code: str) -> None:
    with pytest.raises(Refused) as caught:
        actions.pair("BBBBBBBB", "Hub")
    assert caught.value.problems[0].field == "code"


def test_a_new_code_ends_the_earlier_one(code: str, olive: Account) -> None:
    newer = actions.start_pairing(account=olive)
    with pytest.raises(Refused):
        actions.pair(code, "Hub")
    actions.pair(newer, "Hub")


def test_a_bad_name_doesnt_use_up_the_code(code: str) -> None:
    with pytest.raises(Refused, match="1 to 60 characters"):
        actions.pair(code, " ")
    actions.pair(code, "Hub")


@pytest.mark.parametrize("person", ["hugo", "omar", "max", "otto"])
def test_only_an_owner_starts_pairing(person: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotFound):
        actions.start_pairing(account=request.getfixturevalue(person))


def test_the_seventeenth_device_is_refused(olive: Account, olives_home: Household) -> None:
    for number in range(16):
        Device.objects.create(household=olives_home, name="Hub", token_digest=f"{number:064}")
    with pytest.raises(Refused, match="at most 16 devices"):
        actions.start_pairing(account=olive)


def test_one_address_tries_ten_times(code: str) -> None:
    for _ in range(10):
        with pytest.raises(Refused, match="unknown"):
            actions.pair("BBBBBBBB", "Hub", peer="192.0.2.1")
    with pytest.raises(limits.TooOften):
        actions.pair(code, "Hub", peer="192.0.2.1")
    actions.pair(code, "Hub", peer="192.0.2.2")


def test_all_addresses_together_try_three_hundred_times(code: str) -> None:
    for number in range(300):
        with pytest.raises(Refused, match="unknown"):
            actions.pair("BBBBBBBB", "Hub", peer=f"peer {number}")
    with pytest.raises(limits.TooOften) as caught:
        actions.pair(code, "Hub", peer="fresh")
    assert 0 < caught.value.retry_after <= 600


def test_codes_dont_favor_a_letter() -> None:
    with source.using(source.SeededSource(7, source.now())):
        letters = "".join(actions._new_code() for _ in range(2500))
    expected = len(letters) / 20
    assert all(abs(letters.count(letter) - expected) < 0.2 * expected for letter in "BCDFGHJKLMNPQRSTVWXZ")


def test_a_revoked_device_is_refused_from_its_next_call(code: str, olive: Account) -> None:
    device, token = actions.pair(code, "Hub")
    actions.revoke_device(account=olive, ref=device.ref)
    with pytest.raises(NotFound):
        access.device_for_token(token)


def test_a_stranger_cant_revoke_it(stranger: Account, olives_device: Device) -> None:
    with pytest.raises(NotFound):
        actions.revoke_device(account=stranger, ref=olives_device.ref)
    assert Device.objects.get(pk=olives_device.pk).revoked_at is None
