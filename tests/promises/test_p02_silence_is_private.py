"""P2: silence is private. What officers and the public see is the same, byte by byte, whatever was not shared."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.shortcuts import render
from pytest_django import Settings

from goodfences import source
from goodfences.clips import sandbox
from goodfences.evidence import packages
from goodfences.evidence.models import SharedVideo
from goodfences.video_requests import tasks
from goodfences.video_requests.models import Ask
from goodfences.web import ranges
from goodfences.web.portal.views import requests as request_views
from tests.promises import seen
from tests.promises.hidden_acts import Residents
from tests.promises.seen import Pools, Question, Route, Seen
from tests.promises.worlds import World

pytestmark = pytest.mark.django_db(transaction=True)

PAIRS = int(os.environ.get("PAIRS", "200"))
A_CHUNK = 8
ALSO_DRAWN_BY_HIDDEN = {"ref:mail", "ref:share", "ref:shared_video", "ref:hand_in", "token:hand_in", "ref:blob"}
"""By shares and hand-ins that were taken back in time, or never came to be. All other kinds that officers see are
theirs alone."""

_cuts: dict[tuple[str, str, bytes], Any] = {}


@pytest.fixture(autouse=True)
def _one_machine(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All worlds of a test run on the same machine: its keys are the same, and a cut that was made once is kept."""
    settings.KEYS = tmp_path / "keys"
    really = sandbox.run

    def run(operation: str, header: dict[str, Any], payload: bytes | sandbox.Payload, **limits: Any) -> Any:
        if isinstance(payload, sandbox.Payload):
            payload = b"".join(payload.pieces)
        key = (operation, json.dumps(header), hashlib.sha256(payload).digest())
        if key not in _cuts:
            _cuts[key] = really(operation, header, payload, **limits)
        return _cuts[key]

    monkeypatch.setattr(sandbox, "run", run)
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def see(shared: int, hidden: int, folder: Path) -> Seen:
    return seen.look(World(shared, hidden, folder).build())


def differences(one: Seen, other: Seen) -> list[tuple[str, str]]:
    return [question for question in one.keys() | other.keys() if one.get(question) != other.get(question)]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("chunk", range(-(-PAIRS // A_CHUNK)))
def test_two_worlds_that_differ_in_silence_look_the_same(chunk: int, tmp_path: Path) -> None:
    first = see(chunk, 1000 * chunk, tmp_path)
    for number in range(1, 1 + min(A_CHUNK, PAIRS - chunk * A_CHUNK)):
        other = see(chunk, 1000 * chunk + number, tmp_path)
        told = [f"{question}:\n{first[question].differs(other[question])}" for question in differences(first, other)]
        assert not told, f"Worlds {chunk}/{1000 * chunk} and {chunk}/{1000 * chunk + number}:\n" + "\n".join(told[:5])


def test_hidden_acts_draw_no_reference_that_officers_see(tmp_path: Path) -> None:
    worlds = [World(7, hidden, tmp_path).build() for hidden in range(4)]
    both = set.union(*(world.hidden_kinds for world in worlds)) & worlds[0].clock.kinds
    assert both <= ALSO_DRAWN_BY_HIDDEN


def test_what_is_hidden_answers_like_what_does_not_exist(tmp_path: Path) -> None:
    world = World(5, 0, tmp_path)
    world.residents.busy = 4
    world.build()
    with source.using(world.clock):
        refs = {kind: seen.any_ref(kind) for kind in seen.HIDDEN_THINGS}
        routes = [route for route in seen.routes() if route.arguments == ("ref",)]
        for number, route in enumerate(routes):
            for reader in ("omar", ("aggie", "sam", "")[number % 3]):
                client = seen.sign_in(world, reader)
                questions = [Question(route.name, seen.HIDDEN, {"ref": ref}) for ref in refs.values()]
                assert len({seen.ask(client, question) for question in questions}) == 1, (reader, route.name)


def test_nothing_moves_for_anyone_while_owners_are_asked_and_answer(tmp_path: Path) -> None:
    world = World(3, 0, tmp_path)
    world.residents.busy = 0
    world.build()
    before, lives, states = seen.glance(world), world.residents, set()
    for act in [Residents.crowd, Residents.crowd, Residents.ask, Residents.post, *[Residents.answer] * 6]:
        with source.using(world.own):
            act(lives)
            tasks.run_due(100)
            tasks.run_asking(100)
        assert not differences(before, seen.glance(world)), act.__name__
        states |= set(Ask.objects.values_list("state", flat=True))
    assert states > {"declined", "opened"}


def test_every_page_is_looked_at(tmp_path: Path) -> None:
    pools = Pools(World(1, 1, tmp_path).build())
    assert all(pools.values(route) for route in seen.routes())
    with pytest.raises(LookupError, match="color"):
        pools.values(Route("portal:new_page", ("color",)))


def count_on_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def told(request: Any, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        return render(request, template, {**context, "label": f"{Ask.objects.count()} homes"}, status=status)

    monkeypatch.setattr(request_views, "render", told)


def row_number_in_a_header(monkeypatch: pytest.MonkeyPatch) -> None:
    really = ranges.play

    def numbered(*given: Any) -> Any:
        response = really(*given)
        response.headers["ETag"] = f'"{SharedVideo.objects.earliest("pk").pk}"'
        return response

    monkeypatch.setattr(ranges, "play", numbered)


def count_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    really = packages.request_as_json
    monkeypatch.setattr(packages, "request_as_json", lambda *given: {**really(*given), "asked": Ask.objects.count()})


@pytest.mark.parametrize(
    ("leak", "where"),
    [
        (count_on_a_page, "portal:request "),
        (row_number_in_a_header, "shared_video|handed_in"),
        (count_in_a_file, "package of |portal:package"),
    ],
)
def test_the_comparison_notices_a_leak(
    leak: Any, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leak(monkeypatch)
    first, second = see(2, 0, tmp_path), see(2, 3, tmp_path)
    found = differences(first, second)
    assert found
    assert all(re.search(where, key) for _, key in found), found
