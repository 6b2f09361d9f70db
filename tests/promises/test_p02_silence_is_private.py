"""P2: silence is private. What officers and the public see is the same, byte by byte, whatever was not shared.

The worlds of one shared number are compared with the first of them. One in FROM_THE_BEGINNING is another from the
beginning; the rest branch off from one before at a step of its story, rather late than early: it takes less time to
live through less. Each of them is read in one part of what there is (see seen.py), the first in all of these.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.shortcuts import render
from pytest_django import Settings

from goodfences import source
from goodfences.cameras.models import Camera
from goodfences.clips import sandbox
from goodfences.clips.arriving import Arriving
from goodfences.clips.models import Clip
from goodfences.evidence import packages
from goodfences.evidence.models import Share, SharedVideo
from goodfences.feed.models import Post
from goodfences.mail.models import OutboxMessage
from goodfences.people.models import Account
from goodfences.video_requests import tasks
from goodfences.video_requests.models import Ask
from goodfences.web import ranges
from goodfences.web.portal.views import requests as request_views
from tests.promises import seen
from tests.promises.hidden_acts import Residents
from tests.promises.seen import Answer, Pools, Question, Route, Seen
from tests.promises.worlds import World

pytestmark = pytest.mark.django_db(transaction=True)

PAIRS = int(os.environ.get("PAIRS", "480"))
FIRST = int(os.environ.get("FIRST", "0"))
"""The shared number that a run begins with: so many worlds that no machine is free for so long are lived in parts."""

A_CHUNK, READ_IN_PARTS = 24, 6
FROM_THE_BEGINNING = 12
ALSO_DRAWN_BY_HIDDEN = {"ref:mail", "ref:share", "ref:shared_video", "ref:hand_in", "token:hand_in", "ref:blob"}
"""By shares and hand-ins that were taken back in time, or never came to be. All other kinds that officers see are
theirs alone."""

HIDDEN_ROWS = [(Account, "email"), *((model, "ref") for model in (Camera, Clip, Ask, Share, Post, OutboxMessage))]
_cuts: dict[tuple[str, str, bytes], Any] = {}


@pytest.fixture(autouse=True)
def _one_machine(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All worlds of a test run on the same machine: its keys are the same, and a cut that was made once is kept.

    It may hold its breath between two answers: who has shown a second factor isn't asked again after five minutes of
    the machine's own clock."""
    settings.KEYS = tmp_path / "keys"
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 86_400
    really = sandbox.run

    def run(
        operation: str,
        header: dict[str, Any],
        payload: bytes | sandbox.Payload,
        *,
        arriving: Arriving | None = None,
        **limits: Any,
    ) -> Any:
        if isinstance(payload, sandbox.Payload):
            payload = b"".join(payload.pieces)
        key = (operation, json.dumps(header), hashlib.sha256(payload).digest())
        if key not in _cuts:
            _cuts[key] = really(operation, header, payload, **limits)
        facts, files = _cuts[key]
        if arriving is None:
            return facts, files
        first, *others = files
        arriving.expect(len(first))
        arriving.missing()[:] = first
        arriving.came(len(first))
        return facts, others

    monkeypatch.setattr(sandbox, "run", run)
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def leaks(shared: int, others: int, folder: Path) -> dict[tuple[str, str], str]:
    """Where worlds with one shared number are told apart: the reader and the question, with the words that tell."""
    first = World(shared, 1000 * shared, folder)
    end = len(first.steps)
    begins = [0, *(_branches_off(shared, number, end) for number in range(1, 1 + others))]
    first.build({end, *_wanted(begins, 0)})
    kept_by, answers, found = dict.fromkeys(_wanted(begins, 0), first), dict[int, Seen](), {}
    for number, at in enumerate(begins[1:], 1):
        part, hidden = shared * READ_IN_PARTS + number % READ_IN_PARTS, 1000 * shared + number
        if part not in answers:
            answers[part] = seen.look(first.again(end).build(), part)
        other = kept_by.pop(at).branch(at, hidden) if at else World(shared, hidden, folder)
        wanted = _wanted(begins, number)
        kept_by |= dict.fromkeys(wanted, other.build(wanted))
        one, two = answers[part], seen.look(other, part)
        between = f"{first.hidden} and {other.hidden} {other.turns} of {shared}, part {part}"
        told = {each: difference(one.get(each), two.get(each)) for each in differences(one, two)}
        found |= {each: f"{between}: {each}:\n{words}" for each, words in told.items()}
    return found


def _branches_off(shared: int, number: int, end: int) -> int:
    """The step before which this world becomes another than the one that it comes from."""
    chance = random.Random(f"branch {shared} {number}")
    return 0 if number % FROM_THE_BEGINNING == 1 else max(chance.randint(1, end) for _ in range(3))


def _wanted(begins: list[int], number: int) -> set[int]:
    """The steps at which a later world branches off from this one: no other that lives through them is in between."""
    wanted, before = set(), 10**6
    for begin in begins[number + 1 :]:
        if begins[number] <= begin < before and begin:
            wanted.add(begin)
        before = min(before, begin)
    return wanted


def differences(one: Seen, other: Seen) -> list[tuple[str, str]]:
    return [question for question in one.keys() | other.keys() if one.get(question) != other.get(question)]


def difference(one: Answer | None, other: Answer | None) -> str:
    return one.differs(other) if one and other else "It is in one of them alone."


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("chunk", range(FIRST, FIRST - (-PAIRS // A_CHUNK)))
def test_worlds_that_differ_in_silence_look_the_same(chunk: int, tmp_path: Path) -> None:
    told = leaks(chunk, min(A_CHUNK, PAIRS - (chunk - FIRST) * A_CHUNK), tmp_path)
    assert not told, "\n".join([*told.values()][:5])


def test_a_world_that_branches_off_is_the_one_lived_from_the_beginning(tmp_path: Path) -> None:
    branched = World(2, 0, tmp_path).build({9}).branch(9, 3).build()
    rows = hidden_rows()
    again = World(2, 0, tmp_path, turns={9: 3}).build()
    assert rows == hidden_rows() and all(rows)
    assert branched.hidden_kinds == again.hidden_kinds


def hidden_rows() -> list[list[Any]]:
    """What nobody may notice, with the numbers of its rows."""
    return [[*model._default_manager.order_by("pk").values_list("pk", name)] for model, name in HIDDEN_ROWS]


def test_hidden_acts_draw_no_reference_that_officers_see(tmp_path: Path) -> None:
    worlds = [World(7, hidden, tmp_path).build() for hidden in range(4)]
    both = set.union(*(world.hidden_kinds for world in worlds)) & worlds[0].clock.kinds
    assert both <= ALSO_DRAWN_BY_HIDDEN


def test_what_is_hidden_answers_like_what_does_not_exist(tmp_path: Path) -> None:
    world = World(5, 0, tmp_path)
    world.residents.busy = 4
    world.build()
    with source.using(world.clock):
        refs = [seen.any_ref(kind) for kind in seen.HIDDEN_THINGS]
        clients = {reader: seen.sign_in(world, reader) for reader in ("omar", "aggie", "sam", "")}
        routes = [route for route in seen.routes() if route.arguments == ("ref",)]
        for number, route in enumerate(routes):
            for reader, some in (
                ("omar", refs),
                (("aggie", "sam", "")[number % 3], [refs[0], *refs[number % 2 + 1 :: 2]]),
            ):
                client = clients[reader]
                questions = [Question(route.name, seen.HIDDEN, {"ref": ref}) for ref in some]
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
    pools = Pools(World(1, 1, tmp_path).build(), 0)
    assert all(pools.values(route) for route in seen.routes())
    with pytest.raises(LookupError, match="color"):
        pools.values(Route("portal:new_page", ("color",)))


def test_every_reader_comes_to_every_page() -> None:
    pages = [(name, position) for name in (*seen.OFTEN, "portal:officers", "public:index") for position in range(300)]
    for reader in seen.READERS:
        parts = [part for part in range(seen.PARTS) if reader in ("omar", seen.other_of(part), "")]
        assert all(any(seen._is_read(part, reader, *page) for part in parts) for page in pages), reader


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
    found = leaks(3, 1, tmp_path)
    assert found
    assert all(re.search(where, key) for _, key in found), found
