"""Pairing on the hub's own page, with a real network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from goodfences_hub.sharing import record
from goodfences_hub.state import TOKEN
from tests.hub.households import House, household
from tests.instance import Instance, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hub")]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with household(tmp_path / "hub") as made:
        yield made


def test_a_hub_is_connected_on_its_page_and_talks_at_once(house: House, network: Instance) -> None:
    code = network.run("tests.hub.town", "code")
    told = house.post("/pair", server=f"{network.url}/", code=code, name="Shelf")
    assert "Connected to your home in the network" in told.text
    assert f'server = "{network.url}"' in house.home.settings.read_text()
    assert house.hub.state.fact(record.KEY)
    wait_until(lambda: house.hub.state.fact(record.CHECKPOINT), "a first look at what is asked")
    assert house.hub.state.fact(TOKEN) not in house.get("/pair").text


def test_connected_anew_it_talks_over_the_new_connection_alone(house: House, network: Instance) -> None:
    for _ in range(2):
        code = network.run("tests.hub.town", "code")
        assert house.post("/pair", server=network.url, code=code, name="Shelf").status_code == 200
    talking = [thread for thread in house.hub._talkers if thread.is_alive()]
    wait_until(lambda: sum(thread.is_alive() for thread in talking) == 3, "the end of the old connection")


@pytest.mark.parametrize(
    ("server", "code", "words"),
    [
        ("{network}", "BCDF-GHJK", "This code is unknown"),
        ("ftp://example.org", "BCDF-GHJK", "begins with https://"),
        ("http://", "BCDF-GHJK", "begins with https://"),
        ("http://127.0.0.1:9", "BCDF-GHJK", "be reached"),
    ],
)
def test_what_goes_wrong_is_said_and_changes_nothing(
    house: House, network: Instance, server: str, code: str, words: str
) -> None:
    told = house.post("/pair", server=server.replace("{network}", network.url), code=code, name="Shelf")
    assert told.status_code == 422
    assert words in told.text
    assert house.hub.state.fact(TOKEN) == ""
