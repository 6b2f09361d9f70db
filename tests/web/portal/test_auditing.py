"""The auditor's view: every search, look and download, to filter and to take along; and what to look at."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from goodfences.agencies.models import AgencyAct
from goodfences.auditing import actions, tasks
from goodfences.auditing.models import Flag, OwnNeighborhood
from goodfences.people.models import Account
from goodfences.places import cell_to_hex
from goodfences.video_requests.models.request import VideoRequest
from tests.persons import OLIVES_PLACE, cell, officer

ClientOf = Callable[[Account], Client]
WORDS = "The report was filed an hour before, and he was on duty."


def text(response: Any) -> str:
    return response.content.decode()


def streamed(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


@pytest.fixture
def flag(omar: Account, opened: VideoRequest) -> Flag:
    actions.name_neighborhood(officer=officer(omar), cell=cell(OLIVES_PLACE))
    tasks.run_due(10)
    return Flag.objects.get()


def test_opening_a_request_and_searching_are_in_the_log(
    client_of: ClientOf, omar: Account, audrey: Account, opened: VideoRequest
) -> None:
    client = client_of(omar)
    client.get("/portal/")
    client.get(f"/portal/requests/{opened.ref}/")
    assert "26-0412" in text(client.get("/portal/?q=oak"))
    assert "No request is like that." in text(client.get("/portal/?q=elm&state=open"))
    acts = AgencyAct.objects.filter(officer=officer(omar), kind__in=["request.read", "requests.searched"])
    assert [(act.kind, act.about) for act in acts.order_by("pk")] == [
        ("request.read", "26-0412"),
        ("requests.searched", "oak"),
        ("requests.searched", "elm, open"),
    ]
    page = text(client_of(audrey).get("/portal/log/?kind=requests.searched"))
    assert "elm, open" in page
    assert "Request submitted</td>" not in page
    assert "Nothing like that was done." in text(client_of(audrey).get("/portal/log/?officer=nobody"))


def test_the_log_is_taken_along_whole_and_that_is_in_it_too(
    client_of: ClientOf, audrey: Account, opened: VideoRequest
) -> None:
    client = client_of(audrey)
    rows = list(csv.DictReader(streamed(client.get("/portal/log.csv")).splitlines()))
    assert [row["kind"] for row in rows][-1] == "log.exported"
    assert {"request.submitted", "request.opened"} <= {row["kind"] for row in rows}
    lines = [json.loads(line) for line in streamed(client.get("/portal/log.jsonl")).splitlines()]
    assert lines[: len(rows)] == rows
    assert len(lines) == len(rows) + 1


def test_a_spreadsheet_runs_nothing_of_the_log(client_of: ClientOf, omar: Account, audrey: Account) -> None:
    client_of(omar).get("/portal/", {"q": "=1+1"})
    assert "'=1+1" in streamed(client_of(audrey).get("/portal/log.csv"))


def test_nobody_but_auditors_and_admins_reads_either(
    client_of: ClientOf, omar: Account, ada: Account, aggie: Account, sam: Account, flag: Flag
) -> None:
    for address in ("/portal/log.csv", "/portal/log.jsonl", "/portal/reviews/", f"/portal/reviews/{flag.ref}/"):
        for other in (omar, ada):
            assert client_of(other).get(address).status_code == 404, address
        assert client_of(aggie).get(address).status_code == 200
    assert client_of(sam).get(f"/portal/reviews/{flag.ref}/").status_code == 404


def test_an_auditor_reads_why_and_says_what_came_of_it(client_of: ClientOf, audrey: Account, flag: Flag) -> None:
    client = client_of(audrey)
    assert "The area touches the neighborhood that the officer named" in text(client.get("/portal/reviews/"))
    refused = client.post(f"/portal/reviews/{flag.ref}/", {"finding": "fine", "words": "Fine."})
    assert refused.status_code == 422
    assert "Write 10 to 500 characters" in text(refused)
    client.post(f"/portal/reviews/{flag.ref}/", {"finding": "fine", "words": WORDS})
    assert WORDS in text(client.get("/portal/reviews/"))
    public = text(Client().get(reverse("public:agency", args=["northgate-police"])))
    assert "its auditor found 1 fine and 0 not fine; 0 waits" in " ".join(public.split())
    assert WORDS not in public


def test_an_admin_reads_it_and_reviews_nothing(client_of: ClientOf, aggie: Account, flag: Flag) -> None:
    client = client_of(aggie)
    assert "nobody reviews a request of their own" in text(client.get(f"/portal/reviews/{flag.ref}/"))
    given = {"finding": "fine", "words": WORDS}
    assert client.post(f"/portal/reviews/{flag.ref}/", given).status_code == 404


def test_an_officer_says_coarsely_where_they_live_and_takes_it_back(client_of: ClientOf, omar: Account) -> None:
    client = client_of(omar)
    client.post("/portal/neighborhood/", {"home": cell_to_hex(cell(OLIVES_PLACE))})
    assert OwnNeighborhood.objects.get().officer == officer(omar)
    assert "You named one on" in text(client.get("/portal/neighborhood/"))
    client.post("/portal/neighborhood/")
    assert not OwnNeighborhood.objects.exists()


def test_a_rejection_without_words_has_its_summary_on_top(
    client_of: ClientOf, ada: Account, submitted: VideoRequest
) -> None:
    page = text(client_of(ada).post(f"/portal/requests/{submitted.ref}/reject/", {"rejection_reason": "No."}))
    assert page.index("It was not rejected. Please look at this:") < page.index("<h1>")
