import pytest
from django.http import HttpResponseBase
from django.test import Client

from tests.pages import bytes_of

URL = "/map/town.pmtiles"
DATA = bytes(range(256)) * 300


@pytest.fixture(autouse=True)
def a_map(tmp_path, settings) -> None:
    path = tmp_path / "town.pmtiles"
    path.write_bytes(DATA)
    settings.MAP_TILES = path


def ask(client: Client, **headers: str) -> HttpResponseBase:
    return client.get(URL, headers={key.replace("_", "-"): value for key, value in headers.items()})


def test_without_a_range_the_whole_map_comes(client: Client) -> None:
    response = ask(client)
    assert (response.status_code, bytes_of(response)) == (200, DATA)
    assert response["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-126", 0, 126),
        ("bytes=70000-", 70000, len(DATA) - 1),
        ("bytes=-10", len(DATA) - 10, len(DATA) - 1),
        ("bytes=-999999", 0, len(DATA) - 1),
        ("bytes=100-999999", 100, len(DATA) - 1),
        ("bytes=5-5", 5, 5),
    ],
)
def test_a_range_brings_exactly_those_bytes(client: Client, header: str, first: int, last: int) -> None:
    response = ask(client, Range=header)
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/{len(DATA)}"
    assert response["Content-Length"] == str(last - first + 1)
    assert bytes_of(response) == DATA[first : last + 1]


@pytest.mark.parametrize("header", [f"bytes={len(DATA)}-", "bytes=-0"])
def test_a_range_outside_the_map_is_refused_with_its_size(client: Client, header: str) -> None:
    response = ask(client, Range=header)
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{len(DATA)}"


@pytest.mark.parametrize(
    "header",
    [
        "bytes=" + "9" * 5000 + "-",
        "bytes=0-" + "9" * 5000,
        "bytes=0-1,5-9",
        "lines=1-2",
        "bytes=9-3",
        "bytes=-",
        "bytes=a-b",
    ],
)
def test_what_is_no_single_range_gets_the_whole(client: Client, header: str) -> None:
    assert ask(client, Range=header).status_code == 200


def test_a_known_edition_is_not_sent_again(client: Client) -> None:
    etag = ask(client)["ETag"]
    assert ask(client, If_None_Match=etag).status_code == 304
    assert ask(client, If_None_Match='"other"').status_code == 200


def test_a_part_of_another_edition_gets_the_whole(client: Client) -> None:
    etag = ask(client)["ETag"]
    assert ask(client, Range="bytes=0-1", If_Range=etag).status_code == 206
    assert ask(client, Range="bytes=0-1", If_Range='"old"').status_code == 200


def test_head_tells_the_size_and_sends_nothing(client: Client) -> None:
    response = client.head(URL)
    assert (response.status_code, response["Content-Length"], bytes_of(response)) == (200, str(len(DATA)), b"")


def test_a_post_is_refused(client: Client) -> None:
    assert client.post(URL).status_code == 405


def test_an_instance_without_a_map_says_so(client: Client, settings, tmp_path) -> None:
    settings.MAP_TILES = tmp_path / "none"
    assert ask(client).status_code == 404
