"""Everything that officers and the public can see of a world, byte by byte.

Addresses come from Django's own resolver, so that a new page is compared as soon as it exists; a page that takes an
argument nobody gives a value for is an error. Left out of an answer is what isn't the page's own: the values of CSRF
tokens and session cookies, and times by the machine's clock (when a cookie or a copy in a cache runs out).

What is read of a world is one part of all that there is, by its number: by an officer who asked for some of it, by
one of the others, and by who isn't signed in. Of what speaks of requests and shared video the two officers read one
page in OFTEN_READ, of everything else each reads one in READ. PARTS parts one after the other are everything that
each of READERS can read.
"""

from __future__ import annotations

import difflib
import html
import random
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from goodfences import source
from goodfences.agencies.models import Agency, Officer
from goodfences.alerts.models import AgencyWarning
from goodfences.appeals.models import Appeal, HandIn
from goodfences.auditing.models import Flag
from goodfences.cameras.models import Camera
from goodfences.clips.models import Clip
from goodfences.evidence.models import Share, SharedVideo
from goodfences.feed.models import Post
from goodfences.ledger.models import LedgerEntry
from goodfences.neighbor_requests.models import NeighborAsk
from goodfences.people.models import Household
from goodfences.video_requests.models import Ask
from tests import persons
from tests.pages import bytes_of
from tests.promises.worlds import World

READERS = ("omar", "ada", "aggie", "audrey", "sam", "")
"""Who looks; the last one isn't signed in."""

REQUESTER, OTHERS = "omar", ("sam", "ada", "aggie", "audrey")
PARTS = 120
OFTEN_READ, READ = (8, 13), (113, 29)
"""Of how many answers the requester and another officer read one. The other is the same in every fourth part; that
neither 13 nor 29 is even lets each of them come to every page. Who isn't signed in reads as much as the requester."""
OFTEN = (
    "portal:shared_video",
    "portal:shared_after",
    "portal:tasks",
    "portal:requests",
    "portal:request",
    "portal:log",
    "portal:posts",
    "portal:post",
    "public:request",
    "portal:appeal",
    "portal:handed_in",
    "public:video_appeal",
    "portal:warnings",
    "portal:warning",
    "public:warning",
)
OURS = ("portal:", "public:")
"""Wings that every reader reads; all others are shut to officers, which two of them try."""

NEW_EACH_TIME = ("mfa_activate_totp", "mfa_add_webauthn", "mfa_reauthenticate_webauthn", "mfa_login_webauthn")
"""Pages whose secret or challenge is drawn anew each time they are opened; they hold nothing else."""

OF_POSTS = ("portal:post", "portal:take_down_post", "public:agency_post")
HIDDEN = "hidden"
NOT_THERE = "notthere"
_PLAYS = re.compile(rb'src="([^"]+video\.mp4\?pass=[^"]+)"')
_CLOCKED = ("Set-Cookie", "Expires")
_CSRF = re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]+')
_COOKIE = re.compile(r"(csrftoken=|sessionid=|messages=[^;:]*)[^;]*|(expires=)[^;]*")


@dataclass(frozen=True)
class Route:
    """A page by its name, with the arguments that its address takes."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """A page to fetch. `key` is the same in every world, also where the address holds something hidden."""

    name: str
    key: str
    arguments: dict[str, str]

    @property
    def address(self) -> str:
        return reverse(self.name, kwargs=self.arguments)


@dataclass(frozen=True)
class Answer:
    """What came back. Two worlds' answers to the same question must be equal."""

    status: int
    headers: tuple[tuple[str, str], ...]
    cookies: str
    body: bytes

    def differs(self, other: Answer) -> str:
        """Where they differ, in lines a person can read."""
        ours, theirs = ([f"{a.status}", str(a.headers), a.cookies, *_lines(a.body)] for a in (self, other))
        return "\n".join(list(difflib.unified_diff(ours, theirs, "one", "other", lineterm="", n=1))[:40])


Seen = dict[tuple[str, str], Answer]
"""Answers by reader and address. An address of something hidden stands under HIDDEN, whatever its reference is."""


@cache
def routes() -> tuple[Route, ...]:
    """Every page of the instance."""
    return tuple(_walk(get_resolver(), ()))


def look(world: World, part: int) -> Seen:
    """Read a part of the world as every reader does, one after the other, and download what there is."""
    seen: Seen = {}
    with source.using(world.clock):
        questions = list(questions_of(world, part))
        requests = [request.ref for request in world.requests.values()]
        for reader in (REQUESTER, other_of(part), ""):
            client = sign_in(world, reader)
            for position, question in enumerate(questions):
                if _is_read(part, reader, question.name, position):
                    seen[reader, question.key] = answer = ask(client, question)
                    seen |= {(reader, played): found for played, found in _played(client, answer, question.key)}
            downloads = requests[part % 2 :: 2] if reader == REQUESTER else requests[part // len(OTHERS) % 4 :: 4]
            for ref in downloads:
                address = reverse("portal:package", args=[ref])
                seen[reader, f"package of {ref}"] = _answer(client.post(address), address, "")
            for name in ("portal:requests", "portal:log") if reader else ():
                seen[reader, f"{name} afterwards"] = _answer(client.get(reverse(name)), "", "")
    return seen


def glance(world: World) -> Seen:
    """What the portal and the record say of requests, read without leaving a trace."""
    with source.using(world.clock):
        questions = [one for one in questions_of(world, 0) if one.name in OFTEN[1:] and HIDDEN not in one.key]
        with transaction.atomic():
            # That a page was opened is kept in its agency's log: here it is taken back.
            found: Seen = {}
            for number, reader in enumerate(READERS):
                client = sign_in(world, reader)
                found |= {(reader, one.key): ask(client, one) for one in questions[number % 2 :: 2]}
            transaction.set_rollback(True)
        return found


def ask(client: Client, question: Question) -> Answer:
    """Fetch one page."""
    return _answer(client.get(question.address), question.address, question.key)


def press(client: Client, question: Question, given: dict[str, Any]) -> Answer:
    """Send what a page's form sends."""
    return _answer(client.post(question.address, given), question.address, question.key)


def _is_read(part: int, reader: str, name: str, position: int) -> bool:
    is_other = reader == other_of(part)
    if reader and name in OFTEN and (position + part) % OFTEN_READ[is_other] == 0:
        return True
    if name in NEW_EACH_TIME or (not name.startswith(OURS) and is_other):
        return False
    return (zlib.crc32(f"{reader} {name}".encode()) + position + part) % READ[is_other] == 0


def other_of(part: int) -> str:
    """Who reads beside the requester: another one in each part."""
    return OTHERS[part % len(OTHERS)]


def _played(client: Client, page: Answer, key: str) -> Iterator[tuple[str, Answer]]:
    """What the player of an opened page fetches: all of the video, and a part."""
    found = _PLAYS.search(page.body)
    if found:
        address = html.unescape(found[1].decode())
        yield f"{key} played", _answer(client.get(address), address, "")
        yield f"{key} sought", _answer(client.get(address, headers={"Range": "bytes=100-999"}), address, "")


def questions_of(world: World, part: int) -> Iterator[Question]:
    """Every page that there is, with values for the arguments of its address: others in each part."""
    pools = Pools(world, part)
    for route in routes():
        for chosen in pools.values(route):
            arguments = {name: value for name, (_, value) in chosen.items() if value is not None}
            keyed = {name: key for name, (key, _) in chosen.items()}
            yield Question(route.name, f"{route.name} {keyed}", arguments)


class Pools:
    """Values for the arguments of addresses, each as (key, value)."""

    def __init__(self, world: World, part: int) -> None:
        self.chance = random.Random(f"looking {part}")
        self.requests = _known(request.ref for request in world.requests.values())
        self.officers = _known(Officer.objects.order_by("created_at", "ref").values_list("ref", flat=True))
        self.posts = _known([world.post.ref])
        self.flags = _known(Flag.objects.order_by("raised_at", "ref").values_list("ref", flat=True))
        self.videos = _known(video.ref for video in world.videos)
        self.warnings = _known(AgencyWarning.objects.order_by("submitted_at").values_list("ref", flat=True))
        self.appeals = _known(Appeal.objects.order_by("submitted_at").values_list("ref", flat=True))
        kept = HandIn.objects.filter(state="kept").order_by("kept_at", "ref")
        self.handed_in = _known(kept.values_list("ref", flat=True))
        self.slugs = _known([*Agency.objects.order_by("slug").values_list("slug", flat=True), NOT_THERE])
        self.size = LedgerEntry.objects.count()
        self.hidden = [(f"{HIDDEN} {kind}", any_ref(kind)) for kind in HIDDEN_THINGS]

    def values(self, route: Route) -> list[dict[str, tuple[str, str | None]]]:
        """Ways to fill in the arguments of this page's address. Raises LookupError for one that is unknown here."""
        if not route.arguments:
            return [{}]
        if "number" in route.arguments:
            return self._tiles(route)
        if len(route.arguments) == 1:
            return [{route.arguments[0]: value} for value in self._pool(route, route.arguments[0])]
        return [{name: self.chance.choice(self._pool(route, name)) for name in route.arguments} for _ in range(2)]

    def _pool(self, route: Route, argument: str) -> list[tuple[str, str | None]]:
        pools: dict[str, list[tuple[str, str | None]]] = {
            "ref": self._refs(route),
            "clip_ref": self.hidden,
            "video_ref": [*self.videos, *self.hidden],
            "token": [("forged", "forged.65a1.token")],
            "visit": [("forged", "forged.65a1.visit")],
            "slug": self.slugs,
            "cell": _known(["881126d339fffff", NOT_THERE]),
            "how": _known(["sent"]),
            "index": _known(str(index) for index in {0, self.size // 2, self.size - 1, self.size}),
            "name": _known(["partners", "requests", "entries", NOT_THERE]),
            "uidb36": _known(["1"]),
            "pk": _known(["1"]),
            "path": _known(["Users", "ServiceProviderConfig"]),
            "key": _known(["set-password"]),
        }
        if argument not in pools:
            raise LookupError(f"{route.name} takes {argument!r}: give it values in {__name__}.")
        return pools[argument]

    def _refs(self, route: Route) -> list[tuple[str, str | None]]:
        nobody = self.hidden
        if route.name.startswith("portal:officer"):
            return [*self.officers, self.chance.choice(nobody)]
        if route.name.startswith("portal:shared"):
            return [*self.videos, *self.chance.sample(nobody, 2)]
        if route.name.startswith("portal:handed_in"):
            return [*self.handed_in, *self.chance.sample(nobody, 2)]
        if "warning" in route.name and route.name.startswith(("portal:", "public:")):
            return [*self.warnings, self.chance.choice(nobody)]
        if "appeal" in route.name:
            return [*self.appeals, self.chance.choice(nobody)]
        if route.name == "portal:review":
            return [*self.flags, self.chance.choice(nobody)]
        if route.name in OF_POSTS:
            return [*self.posts, self.chance.choice(nobody)]
        if route.name.startswith(("portal:", "public:")):
            return [*self.requests, self.chance.choice(nobody)]
        return [self.chance.choice(nobody)]

    def _tiles(self, route: Route) -> list[dict[str, tuple[str, str | None]]]:
        level = {"level": ("0", "0")} if "level" in route.arguments else {}
        widths = [None, str(self.size), str(self.size + 1)]
        return [{**level, "number": ("000", "000"), "width": (str(width), width)} for width in widths]


HIDDEN_THINGS: dict[str, Callable[[], QuerySet[Any]]] = {
    "nothing": lambda: Ask.objects.none(),
    "ask": lambda: Ask.objects.all(),
    "share": lambda: Share.objects.all(),
    "clip": lambda: Clip.objects.all(),
    "camera": lambda: Camera.objects.all(),
    "post": lambda: Post.objects.filter(agency=None),
    "household": lambda: Household.objects.all(),
    "neighbor's ask": lambda: NeighborAsk.objects.all(),
    "handed in": lambda: HandIn.objects.exclude(state="kept"),
    "taken back": lambda: SharedVideo.objects.filter(withdrawn_at__isnull=False),
}


def _walk(resolver: URLResolver, spaces: tuple[str, ...], above: tuple[str, ...] = ()) -> Iterator[Route]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            own = tuple(getattr(one.pattern, "converters", ()))
            yield from _walk(one, (*spaces, one.namespace) if one.namespace else spaces, (*above, *own))
        elif isinstance(one, URLPattern):
            assert one.name, f"{one.pattern} has no name, so that nobody can ask for its address."
            arguments = one.pattern.converters or one.pattern.regex.groupindex
            yield Route(":".join((*spaces, one.name)), (*above, *arguments))


def _known(values: Any) -> list[tuple[str, str | None]]:
    return [(value, value) for value in values]


def any_ref(kind: str) -> str:
    """The reference of a hidden thing; where this world has none of this kind, one that nothing has."""
    found = HIDDEN_THINGS[kind]().order_by("pk").values_list("ref", flat=True).last()
    return found or source.random_bytes(f"no {kind}", 11).hex()


class Browser(Client):
    """Does no more than a browser: Django's own copies all that a page's template was given."""

    def request(self, **given: Any) -> Any:
        response = self.handler(self._base_environ(**given))
        self.cookies.update(response.cookies)
        assert response.status_code < 500, given
        return response


def sign_in(world: World, reader: str) -> Client:
    """A browser of `reader`."""
    client = Browser()
    if reader:
        persons.sign_in(client, world.officers[reader])
    return client


def _answer(response: HttpResponseBase, address: str, key: str) -> Answer:
    body = _CSRF.sub(rb"\1", bytes_of(response))
    headers = {name: value for name, value in response.headers.items() if name not in _CLOCKED}
    cookies = _COOKIE.sub(r"\1\2", response.cookies.output())
    text = [(name, str(value)) for name, value in sorted(headers.items())]
    if HIDDEN in key:
        # The answer may repeat the address that was asked for, and nothing else of it.
        body = body.replace(address.encode(), b"ADDRESS")
        text = [(name, value.replace(address, "ADDRESS")) for name, value in text]
    return Answer(response.status_code, tuple(text), cookies, body)


def _lines(body: bytes) -> list[str]:
    return body.decode("utf-8", "backslashreplace").splitlines()
