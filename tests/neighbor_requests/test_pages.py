"""What the pages say to whom, without a script."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.test import Client

from goodfences import places
from goodfences.clips.models import Clip
from goodfences.neighbor_requests.models import NeighborAsk, NeighborRequest, NeighborShare
from goodfences.people import export
from goodfences.people.models import Account
from tests.pages import Page

pytestmark = pytest.mark.django_db(transaction=True)

ClientOf = Callable[[Account], Client]


def test_an_owner_learns_nothing_of_where_or_who_the_asker_is(
    asker: Account, olive: Account, olives_ask: NeighborAsk, asked: NeighborRequest, clip: Clip, client_of: ClientOf
) -> None:
    client = client_of(olive)
    page = f"/requests/neighbors/{olives_ask.ref}/"
    said = [client.get(one).content.decode() for one in ("/requests/", "/requests/neighbors/", page)]
    Page(client.get(page)).form("/check/").send(client, changes={f"{clip.ref}-chosen": True})
    said.append(client.get(f"{page}check/").content.decode())
    said.append(json.dumps(export.everything(account=olive), cls=DjangoJSONEncoder))
    cell = asker.households.get().cell
    lat, lon = places.center(cell)
    told = [asker.email, str(cell), places.cell_to_hex(cell), f"{lat:.3f}", f"{lon:.3f}", asked.ref]
    own = set(olive.households.get().cameras.values_list("cell", flat=True))
    told += [str(bound) for pair in asked.ranges for bound in pair if bound not in own]
    assert len(said) == 5 and not [trace for trace in told if any(trace in one for one in said)]


def test_the_editor_leads_back_and_what_is_covered_stays_covered(
    olive: Account, olives_ask: NeighborAsk, clip: Clip, client_of: ClientOf
) -> None:
    client = client_of(olive)
    page = f"/requests/neighbors/{olives_ask.ref}/"
    editor = Page(Page(client.get(page)).form("/check/").send(client, "Cover faces or anything else"))
    box = {"kind": "drawn", "starts_ms": 0, "ends_ms": 4000, "anchors": [[0, 0, 0, 5000, 5000]], "still": True}
    form = {"starts": "0:00.0", "ends": "0:03.0", "marks": json.dumps([box]), "ask": olives_ask.ref}
    back = client.post(f"/home/clips/{clip.ref}/cover/?ask={olives_ask.ref}", form)
    assert "The request" in editor.text and back["Location"] == f"{page}#clip-{clip.ref}"
    check = Page(Page(client.get(page)).form("/check/").send(client, changes={f"{clip.ref}-chosen": True}))
    assert "One box is covered." in check.text
    done = Page(check.form("/share/").send(client, "Share with this neighbor"))
    assert "You shared video with a neighbor" in done.text
    assert NeighborShare.objects.get().receipt["receipt"]["videos"][0]["covered"] == {"boxes": 1, "areas": 0}


def test_an_agencys_ask_and_a_neighbors_dont_answer_for_each_other(
    olive: Account, hugo: Account, olives_ask: NeighborAsk, client_of: ClientOf
) -> None:
    assert client_of(olive).get(f"/requests/{olives_ask.ref}/").status_code == 404
    assert client_of(hugo).get(f"/requests/neighbors/{olives_ask.ref}/").status_code == 404


def test_neighbors_are_switched_off_apart_from_agencies(olive: Account, client_of: ClientOf) -> None:
    client = client_of(olive)
    settings = Page(client.get("/settings/messages/"))
    said = Page(settings.form("/settings/neighbors/").send(client, "Don’t let neighbors ask me")).text
    assert "No neighbor asks you. Nobody was told." in said and "Partner agencies may ask" in said
    again = Page(client.get("/settings/messages/")).form("/settings/neighbors/")
    assert "Neighbors may ask you again." in Page(again.send(client, "Let neighbors ask me again")).text
