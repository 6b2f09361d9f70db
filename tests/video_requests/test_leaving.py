"""What a resident takes along of asks and mutes, and that leaving takes them away (P12)."""

from __future__ import annotations

from goodfences.agencies.models import Agency
from goodfences.people import erasure, export
from goodfences.people.models import Account
from goodfences.video_requests import asks
from goodfences.video_requests.models.ask import Ask, Mute


def test_an_owner_takes_asks_and_mutes_along(olive: Account, olives_ask: Ask, northgate: Agency) -> None:
    asks.mute(owner_id=olive.pk, agency_id=northgate.pk)
    asks.mute(owner_id=olive.pk, agency_id=None)
    told = export.everything(account=olive)
    assert [(one["ref"], one["agency"]) for one in told["asks"]] == [(olives_ask.ref, "Northgate Police")]
    assert {one["agency"] for one in told["mutes"]} == {"Northgate Police", None}


def test_nobody_takes_those_of_another_along(stranger: Account, hugo: Account, olives_ask: Ask) -> None:
    assert export.everything(account=stranger)["asks"] == export.everything(account=hugo)["asks"] == []


def test_they_go_with_the_account(olive: Account, olives_ask: Ask, northgate: Agency) -> None:
    asks.mute(owner_id=olive.pk, agency_id=northgate.pk)
    erasure.erase(account=olive)
    assert not Ask.objects.exists() and not Mute.objects.exists()
