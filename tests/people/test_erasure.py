"""Taking everything along, and leaving nothing behind (P12)."""

from __future__ import annotations

import json

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from goodfences.cameras.models import Camera, Device
from goodfences.errors import NotFound
from goodfences.mail import outbox
from goodfences.mail.addresses import digest
from goodfences.mail.models import OutboxMessage, Suppression
from goodfences.people import actions, erasure, export, registry
from goodfences.people.models import Account, Household, Invitation
from tests.persons import make_account


def test_the_export_is_json_with_everything_of_the_owner(
    olive: Account, hugo: Account, olives_device: Device
) -> None:
    actions.invite_member(account=olive, email="paul@example.org")
    told = json.loads(json.dumps(export.everything(account=olive), cls=DjangoJSONEncoder))
    assert told["account"]["email"] == "olive@example.org"
    assert {camera["name"] for camera in told["cameras"]} == {"Street", "Front door", "Hall"}
    assert [device["name"] for device in told["devices"]] == ["Hub"]
    assert [one["email"] for one in told["household"]["invitations"]] == ["paul@example.org"]
    assert [one["name"] for one in told["household"]["people"]] == ["Olive", "Hugo"]


def test_the_export_holds_no_secret_and_no_other_persons_address(
    olive: Account, hugo: Account, olives_device: Device
) -> None:
    text = json.dumps(export.everything(account=olive), cls=DjangoJSONEncoder)
    assert olives_device.token_digest not in text
    assert hugo.email not in text
    assert olive.password not in text


def test_a_members_export_has_no_cameras_and_no_invitations(olive: Account, hugo: Account) -> None:
    actions.invite_member(account=olive, email="paul@example.org")
    told = export.everything(account=hugo)
    assert told["cameras"] == told["devices"] == told["household"]["invitations"] == []


def test_a_newcomer_exports_the_account_alone(db: None) -> None:
    told = export.everything(account=make_account("Newcomer"))
    assert told["household"] is None


@pytest.mark.parametrize("person", ["omar", "max", "otto"])
def test_only_a_resident_exports_or_erases(person: str, request: pytest.FixtureRequest) -> None:
    account = request.getfixturevalue(person)
    with pytest.raises(NotFound):
        export.everything(account=account)
    with pytest.raises(NotFound):
        erasure.erase(account=account)


def test_erasing_the_owner_ends_the_household(olive: Account, hugo: Account, stranger: Account) -> None:
    actions.invite_member(account=stranger, email=olive.email)
    erasure.erase(account=olive)
    assert not Account.objects.filter(email="olive@example.org").exists()
    assert not Household.objects.filter(name="Oak house").exists()
    assert list(Camera.objects.values_list("name", flat=True)) == ["Elm street"]
    assert not Invitation.objects.exists()
    assert Account.objects.filter(pk=hugo.pk).exists()


def test_erasing_a_member_leaves_the_household(hugo: Account, olives_home: Household) -> None:
    erasure.erase(account=hugo)
    assert Household.objects.filter(pk=olives_home.pk).exists() and Camera.objects.count() == 3


def test_a_room_that_fails_undoes_the_whole_erasure(
    olive: Account, hugo: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []

    def break_down(account: Account, household: Household | None) -> None:
        seen.append(household)
        raise RuntimeError("the key store is away")

    monkeypatch.setattr(registry, "erasures", [*registry.erasures, break_down])
    with pytest.raises(RuntimeError):
        erasure.erase(account=olive)
    assert Account.objects.filter(pk=olive.pk).exists() and Camera.objects.count() == 3
    with pytest.raises(RuntimeError):
        erasure.erase(account=hugo)
    assert [home is None for home in seen] == [False, True]


def test_a_room_exports_under_a_name_of_its_own() -> None:
    with pytest.raises(ValueError, match="cameras is exported already"):
        registry.on_export("cameras", lambda account, household: None)


def test_a_room_registers_what_it_does(monkeypatch: pytest.MonkeyPatch, olive: Account) -> None:
    for name in ("erasures", "moves"):
        monkeypatch.setattr(registry, name, [])
    monkeypatch.setattr(registry, "exports", {})
    told: list[str] = []
    registry.on_erase(lambda account, household: told.append("erase"))
    registry.on_move(lambda household: told.append("move"))
    registry.on_export("pets", lambda account, household: ["cat"])
    assert export.everything(account=olive)["pets"] == ["cat"]
    erasure.erase(account=olive)
    assert told == ["erase"]


def test_mail_that_waits_for_who_left_is_never_sent(olive: Account, hugo: Account) -> None:
    actions.invite_member(account=olive, email="paul@example.org")
    with transaction.atomic():
        for to in (olive.email, hugo.email):
            outbox.queue(once=to, to=to, template="ask", context={"a": "b"}, language="en", time_zone="UTC")
    Suppression.objects.create(address_digest=digest(olive.email), reason="no such mailbox")
    erasure.erase(account=olive)
    left = OutboxMessage.objects.get(once="olive@example.org")
    assert (left.state, left.to, left.to_digest, left.context) == ("failed", "", "", {})
    assert OutboxMessage.objects.get(once="hugo@example.org").state == "waiting"
    assert not Suppression.objects.exists()
