"""All of the record to take along."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import pyarrow.parquet as pq
import pytest
from django.db import transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from goodfences.agencies import actions as agencies
from goodfences.agencies.models import Agency
from goodfences.ledger import actions as ledger
from goodfences.people.models import Account
from goodfences.places import TOWN_RES, cell_at, cell_to_hex, coarse, widened
from goodfences.video_requests import actions
from goodfences.video_requests.models.request import VideoRequest
from goodfences.web.public import dictionary
from goodfences.web.public.datasets import DATASETS
from goodfences.web.public.views.data import _cell
from goodfences_record.canonical import timestamp
from tests.moderation.conftest import reported, ruled, write
from tests.pages import bytes_of
from tests.persons import officer
from tests.web.public.conftest import CASE, SECRET_WORDS

pytestmark = pytest.mark.django_db
Make = Callable[..., VideoRequest]
ATOM = "{http://www.w3.org/2005/Atom}"


def body(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return bytes_of(response).decode()


def rows(client: Client, name: str) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = json.loads(body(client, f"/record/data/{name}.json"))[name]
    return read


@pytest.fixture
def filled(
    opened: Make, refused: VideoRequest, admit: Callable[..., Agency], otto: Account, olive: Account, nadia: Account,
    max: Account,
) -> None:  # fmt: skip
    opened()
    agencies.suspend(operator=otto, slug=admit().slug, reason="Asked for video of a rally.")
    for quarter in ("2026-Q2", "2026-Q3"):
        body = {"agency": "x", "agency_name": "X", "quarter": quarter, "asked": -1, "declined": 2}
        more = {"epsilon": 1, "scale": 2, "unit": "homes", "mechanism": "discrete Laplace"}
        with transaction.atomic():
            ledger.append(kind="totals.released", subject=f"totals:x:{quarter}", body=body | more)
    ledger.sign_checkpoint()
    for rule, outcome in (("spam", "removed"), ("untrue", "kept")):
        ruled(max, reported(write(olive), nadia, rule=rule), outcome, rule)


def test_the_page_links_to_every_download(client: Client) -> None:
    page = body(client, "/record/data/")
    for name in DATASETS:
        for ending in ("json", "jsonl", "csv", "parquet", "schema.json"):
            assert f'href="/record/data/{name}.{ending}"' in page
            assert client.get(f"/record/data/{name}.{ending}").status_code == 200


@pytest.mark.parametrize("name", DATASETS)
def test_an_empty_download_is_well_formed(client: Client, name: str) -> None:
    assert rows(client, name) == []
    assert len(body(client, f"/record/data/{name}.csv").splitlines()) == 1


@pytest.mark.parametrize("name", DATASETS)
def test_a_download_fits_its_schema(client: Client, filled: None, name: str) -> None:
    schema = json.loads(body(client, f"/record/data/{name}.schema.json"))
    Draft202012Validator.check_schema(schema)
    judge = Draft202012Validator(schema, format_checker=FormatChecker(["date-time"]))
    found = rows(client, name)
    assert len(found) >= 2
    judge.validate({name: found})
    assert all(list(row) == schema["properties"][name]["items"]["required"] for row in found)
    for broken in ({name: [*found, {}]}, {name: [found[0] | {"nobody": 3}]}, {}):
        assert not judge.is_valid(broken)


def test_what_was_erased_fits_it_too(client: Client, filled: None) -> None:
    ledger.erase(0)
    schema = json.loads(body(client, "/record/data/entries.schema.json"))
    found = rows(client, "entries")
    Draft202012Validator(schema).validate({"entries": found})
    assert (found[0]["body"], found[0]["salt"]) == (None, "")


def as_text(value: Any) -> str:
    return "" if value is None else str(_cell(value))


def test_csv_and_json_hold_the_same(client: Client, filled: None) -> None:
    for name in DATASETS:
        table = list(csv.DictReader(io.StringIO(body(client, f"/record/data/{name}.csv"))))
        expected = [{column: as_text(value) for column, value in row.items()} for row in rows(client, name)]
        assert table == expected


def test_rows_keep_their_order_and_new_ones_come_last(client: Client, opened: Make, omar: Account) -> None:
    first = opened(place_name="First street")
    before = rows(client, "requests")
    opened(place_name="Second street")
    actions.close(officer=officer(omar), ref=first.ref)
    assert [row["place_name"] for row in rows(client, "requests")] == ["First street", "Second street"]
    assert [row["ref"] for row in rows(client, "requests")][:1] == [row["ref"] for row in before]


def test_more_rows_than_one_batch_come_complete(
    client: Client, monkeypatch: pytest.MonkeyPatch, opened: Make
) -> None:
    monkeypatch.setattr("goodfences.web.public.datasets.BATCH", 1)
    opened()
    opened(place_name="Second street")
    assert len(rows(client, "requests")) == 2
    assert [row["index"] for row in rows(client, "entries")] == [0, 1, 2]


def test_nothing_private_is_in_any_download(client: Client, filled: None, submitted: Make) -> None:
    hidden = submitted(place_name="Hidden hollow")
    for name in DATASETS:
        for ending in ("json", "csv"):
            text = body(client, f"/record/data/{name}.{ending}")
            for secret in (CASE, SECRET_WORDS, "555-0101", hidden.ref, "Hidden hollow", str(hidden.ranges[0][0])):
                assert secret not in text, (name, secret)


def test_a_cell_that_a_spreadsheet_would_run_is_text(client: Client, submitted: Make, ada: Account) -> None:
    formula = '=HYPERLINK("http://evil.example","click")'
    request = submitted(place_name="@SUM(A+B)*cmd|' /C calc'!A")
    actions.reject(officer=officer(ada), ref=request.ref, reason=formula)
    (row,) = csv.DictReader(io.StringIO(body(client, "/record/data/requests.csv")))
    assert row["rejection_reason"] == f"'{formula}"
    assert row["place_name"].startswith("'@SUM")
    assert rows(client, "requests")[0]["rejection_reason"] == formula


@given(st.text() | st.integers() | st.floats() | st.lists(st.text()) | st.none())
def test_no_cell_begins_like_a_formula(value: Any) -> None:
    cell = _cell(value)
    assert not isinstance(cell, str) or not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_other_sites_may_read_the_data(client: Client, filled: None) -> None:
    response = client.get("/record/data/entries.json")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Content-Disposition"] == 'attachment; filename="entries.json"'


@pytest.mark.parametrize("path", ["nothing.json", "nothing.csv", "nothing.schema.json"])
def test_a_download_that_is_not_there_is_not_found(client: Client, path: str) -> None:
    assert client.get(f"/record/data/{path}").status_code == 404


def test_json_lines_are_the_same_rows_one_a_line(filled: None, client: Client) -> None:
    for name in DATASETS:
        lines = body(client, f"/record/data/{name}.jsonl").splitlines()
        assert [json.loads(line) for line in lines] == rows(client, name)


def test_parquet_has_the_same_rows_with_types(filled: None, client: Client) -> None:
    for name, dataset in DATASETS.items():
        answer = client.get(f"/record/data/{name}.parquet")
        assert answer["Content-Type"] == "application/vnd.apache.parquet"
        table = pq.read_table(io.BytesIO(bytes_of(answer)))
        assert table.column_names == list(dataset.columns)
        plain = [
            {column: _as_json(value, dataset.columns[column]) for column, value in row.items()}
            for row in table.to_pylist()
        ]
        assert plain == rows(client, name)
    requests = pq.read_table(io.BytesIO(bytes_of(client.get("/record/data/requests.parquet"))))
    assert str(requests.schema.field("opened_at").type) == "timestamp[ms, tz=UTC]"
    assert requests.schema.field("place_cells").type.num_fields == 1
    assert b"slug" in requests.schema.field("agency").metadata[b"description"]


def _as_json(value: Any, column: dict[str, Any]) -> Any:
    if isinstance(value, datetime):
        return timestamp(value)
    return json.loads(value) if value is not None and dictionary.kind(column) == "object" else value


def test_every_column_of_every_download_is_explained(filled: None, client: Client) -> None:
    for name, dataset in DATASETS.items():
        page = body(client, f"/record/data/{name}/")
        assert all(f'<th scope="row" class="mono">{column}</th>' in page for column in dataset.columns)
    assert client.get("/record/data/nothing/").status_code == 404
    assert client.get("/record/data/nothing.parquet").status_code == 404


def entries_of(client: Client, path: str) -> list[str]:
    feed = ElementTree.fromstring(body(client, path))
    return [entry.findtext(f"{ATOM}title") or "" for entry in feed.iter(f"{ATOM}entry")]


def test_requests_can_be_followed_all_by_agency_and_by_place(
    opened: Make, refused: VideoRequest, admit: Callable[..., Agency], client: Client
) -> None:
    one = opened()
    part = cell_to_hex(one.place_cells[0])
    town = cell_to_hex(widened(one.place_cells[0], TOWN_RES))
    elsewhere = cell_to_hex(coarse(cell_at(41.88, -87.63)))
    every = entries_of(client, "/record/feed.atom")
    assert len(every) == 2 and all("Northgate Police" in title for title in every)
    assert entries_of(client, f"/record/agencies/{one.agency.slug}/feed.atom") == every
    assert entries_of(client, f"/record/agencies/{admit().slug}/feed.atom") == []
    assert entries_of(client, f"/record/places/{part}/feed.atom") == every
    assert entries_of(client, f"/record/places/{town}/feed.atom") == every
    assert entries_of(client, f"/record/places/{elsewhere}/feed.atom") == []
    fine = cell_to_hex(cell_at(60.17, 24.94))
    for nowhere in ("x", fine, "85"):
        assert client.get(f"/record/places/{nowhere}/feed.atom").status_code == 404
    page = body(client, f"/record/requests/{one.ref}/")
    assert f"/record/places/{town}/feed.atom" in page
    assert SECRET_WORDS not in body(client, "/record/feed.atom") and CASE not in body(client, "/record/feed.atom")
