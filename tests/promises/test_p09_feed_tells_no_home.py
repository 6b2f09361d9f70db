"""P9: from all that the feed shows, nobody can place an author's home better than 500 homes.

The attacker knows the program, has accounts wherever they like, and reads everything: lists at every radius and in
every order, the map, searches, the post, its thread, what pages hear live by asking or by a stream. They compare
that with what they would read if the home were elsewhere. Where two homes give the same bytes to every reader,
nothing tells them apart. They hold a stopwatch, too: how long an answer takes tells no home either.
"""

from __future__ import annotations

import asyncio
import gc
import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import h3.api.basic_int as h3
import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from goodfences import source
from goodfences.feed import actions, cells, live, queries
from goodfences.feed.models import FeedEvent, Post
from goodfences.people.models import Account, Household
from goodfences.source import SeededSource
from goodfences.web.live import app
from goodfences.web.live import board as live_board
from tests.pages import bytes_of
from tests.persons import OLIVES_PLACE, cell

pytestmark = pytest.mark.django_db

_CSRF = re.compile(rb'(?<=name="csrfmiddlewaretoken" value=")[^"]+')
_AWAY = re.compile(r"about (\d+) km away|around you")
STARTS = datetime(2026, 11, 26, 9, tzinfo=UTC)
DENSITIES = (700, 2500)
ROUNDS = 10
"""How often each of two homes is timed."""
RARE = 0.01
LEAK_SECONDS = 0.004
"""What a stopwatch has to find: less than what a page takes to be written."""


def homes_in(coarse: int) -> list[int]:
    """Every home that there may be in a coarse cell, as fine as the program knows homes."""
    return [int(each) for each in h3.cell_to_children(coarse, 11)]


def looked_at(coarse: int) -> list[int]:
    """Homes as different as can be within it: the outermost in every direction, and some of the others."""
    inside = homes_in(coarse)
    middle = h3.cell_to_latlng(coarse)
    outermost = sorted(inside, key=lambda home: -h3.great_circle_distance(h3.cell_to_latlng(home), middle))
    return [*outermost[:3], inside[len(inside) // 2]]


def attackers_places(coarse: int) -> list[int]:
    """Where the attacker has homes: on all sides, near and far, and at both sides of the cell's own edge."""
    around = [h3.grid_ring(coarse, ring) for ring in (1, 2, 4)]
    near = [h3.cell_to_children(each, 11)[number] for ring in around for number, each in enumerate(ring[::3])]
    return [homes_in(coarse)[0], *(int(each) for each in near)]


@contextmanager
def world(olive: Account, home: int) -> Iterator[Post]:
    """Olive lives there, posts, comments and says how it ended; afterwards nothing of that has happened."""
    with transaction.atomic(), source.using(SeededSource(5, STARTS)) as clock:
        assert isinstance(clock, SeededSource)
        Household.objects.filter(members=olive).update(cell=home)
        told = {"kind": "crime", "title": "Bike taken", "text": "From the yard", "language": "en"}
        post = actions.write_post(account=olive, **told)
        clock.advance(timedelta(minutes=7))
        actions.write_comment(account=olive, ref=post.ref, text="It was blue", language="en")
        yield actions.resolve_post(account=olive, ref=post.ref, outcome="found")
        transaction.set_rollback(True)


def readings(client: Client, post: Post) -> list[tuple[int, bytes]]:
    """All that this reader can read, byte by byte."""
    lists = [*(f"?radius={km}" for km in queries.RADII_KM), "?radius=25&order=near"]
    address = reverse("resident:feed")
    urls = [
        *(address + query for query in lists),
        f"{address}?q=bike&radius=25",
        reverse("resident:feed_map") + "?radius=25",
        *(reverse(f"resident:{name}", args=[post.ref]) for name in ("feed_post", "feed_card", "feed_thread")),
        reverse("resident:feed_since") + "?radius=5",
    ]
    with source.using(SeededSource(6, STARTS + timedelta(hours=1))):  # a form's own number is drawn alike
        answers = [client.get(url) for url in urls]
    pages = [(answer.status_code, _CSRF.sub(b"", bytes_of(answer))) for answer in answers]
    with source.using(SeededSource(6, STARTS + timedelta(minutes=4))):  # later, and it says to fetch the page anew
        heard = streamed(client, "radius=5", f"post={post.ref}")
    return pages + heard


def streamed(client: Client, *asked: str) -> list[tuple[int, bytes]]:
    """What `goodfences live` says of all that happened to pages that hold a stream open."""
    first = FeedEvent.objects.order_by("number").values_list("number", flat=True).first()
    assert first is not None
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    headers = [(b"host", b"testserver"), (b"cookie", cookies.encode())]

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}  # as soon as the page has caught up

    async def hear(query: str) -> tuple[int, bytes]:
        said: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            said.append(message)

        scope = {"type": "http", "method": "GET", "path": app.PATH, "headers": headers}
        await app.application({**scope, "query_string": query.encode()}, receive, send)
        return said[0]["status"], b"".join(message.get("body", b"") for message in said[1:])

    async def hear_all() -> list[tuple[int, bytes]]:
        app.board = live_board.Board()  # its locks belong to one event loop
        return [await hear(f"{query}&since={live.seal(first - 1)}") for query in asked]

    return asyncio.run(hear_all())


@pytest.fixture(autouse=True)
def in_this_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program of the streams, run where the test's transaction is seen."""

    async def call(function: Callable[..., Any], *arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)  # within a loop Django would open a connection of its own
        try:
            return function(*arguments)
        finally:
            asyncio._set_running_loop(loop)

    for module in (app, live_board):
        monkeypatch.setattr(module, "in_thread", call)


@pytest.fixture(params=DENSITIES)
def coarse(request: pytest.FixtureRequest, settings: Any) -> int:
    settings.HOMES_PER_KM2 = request.param
    return cells.coarse(cell(OLIVES_PLACE))


@pytest.mark.parametrize("coarse", [DENSITIES[1]], indirect=True)
def test_homes_of_one_cell_look_alike_to_every_reader_from_everywhere(
    coarse: int, olive: Account, nadia: Account, omar: Account, client_of: Any
) -> None:
    everyone = {"nadia": client_of(nadia), "omar": client_of(omar), "anyone": Client()}
    read: dict[tuple[str, int], list[tuple[int, bytes]]] = {}
    for home in looked_at(coarse):
        with world(olive, home) as post:
            for place in attackers_places(coarse)[:: 1 if home in looked_at(coarse)[:2] else 4]:
                Household.objects.filter(members=nadia).update(cell=place)
                for name, client in everyone.items():
                    if name != "nadia" and place != attackers_places(coarse)[0]:
                        continue  # they have no place of their own
                    seen = readings(client, post)
                    assert read.setdefault((name, place), seen) == seen
    contents = [content for seen in read.values() for _, content in seen]
    assert any(b"Bike taken" in content for content in contents), "There was something to see."
    assert any(content.count(b"event: change") == 3 for content in contents), "And to hear."


def test_circles_around_the_attackers_own_places_leave_500_homes(
    coarse: int, olive: Account, nadia: Account, client_of: Any, settings: Any
) -> None:
    """Trilateration: each distance shown rules homes out that would have shown another one."""
    left, client = set(homes_in(coarse)), client_of(nadia)
    with world(olive, homes_in(coarse)[3]) as post:
        for place in attackers_places(coarse):
            Household.objects.filter(members=nadia).update(cell=place)
            found = _AWAY.search(client.get(reverse("resident:feed_card", args=[post.ref])).content.decode())
            assert found is not None
            left = {home for home in left if shown_from(place, home) == found[0]}
    assert left == set(homes_in(coarse))
    homes = sum(h3.cell_area(home, unit="km^2") for home in left) * settings.HOMES_PER_KM2
    assert homes >= cells.LEAST_HOMES


def shown_from(place: int, home: int) -> str:
    """What the program would show of a post from there to somebody at `place`: the attacker runs it, too."""
    km = cells.kilometers(cells.coarse(place), cells.coarse(home))
    return "around you" if km < 0.7 else f"about {max(1, round(km))} km away"


@pytest.mark.parametrize("coarse", [DENSITIES[1]], indirect=True)
def test_how_long_an_answer_takes_tells_no_home(
    coarse: int, olive: Account, nadia: Account, client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the processor's time, since the network's only adds noise to it; and such a stopwatch would find a leak."""
    homes, client = looked_at(coarse)[:2], client_of(nadia)
    Household.objects.filter(members=nadia).update(cell=attackers_places(coarse)[1])
    for _ in range(2):  # what the first answers alone cost tells of no home
        timed(client, olive, homes[0])
    assert any(chance_of(differences(client, olive, homes)) > RARE for _ in range(4)), "Four times in a row."
    near = queries.near

    def leaking(*arguments: Any, **more: Any) -> Any:
        if Household.objects.get(members=olive).cell == homes[1]:
            until = time.thread_time() + LEAK_SECONDS
            while time.thread_time() < until:
                pass
        return near(*arguments, **more)

    monkeypatch.setattr(queries, "near", leaking)
    assert any(chance_of(differences(client, olive, homes)) <= RARE for _ in range(4)), "The stopwatch is too coarse."


def timed(client: Client, olive: Account, home: int) -> float:
    """Processor seconds to answer this reader, with a post from that home; the quicker of two times."""
    with world(olive, home) as post:
        took = []
        for url in (reverse("resident:feed") + "?radius=5", reverse("resident:feed_card", args=[post.ref])) * 2:
            began = time.thread_time()
            client.get(url)
            took.append(time.thread_time() - began)
    return min(took[::2]) + min(took[1::2])


def differences(client: Client, olive: Account, homes: list[int]) -> list[float]:
    """Home against home, in turn and in changing order, so that whatever drifts drifts for both."""
    found = []
    gc.disable()
    try:
        for number in range(ROUNDS):
            first, second = homes if number % 2 else homes[::-1]
            seconds = {first: timed(client, olive, first), second: timed(client, olive, second)}
            found.append(seconds[homes[1]] - seconds[homes[0]])
    finally:
        gc.enable()
    return found


def chance_of(found: list[float]) -> float:
    """How often chance alone would make so large a difference: a permutation test of the differences' signs."""
    draws, chance = 4000, random.Random(1)
    seen = abs(sum(found))
    larger = sum(abs(sum(one if chance.random() < 0.5 else -one for one in found)) >= seen for _ in range(draws))
    return (1 + larger) / (1 + draws)
