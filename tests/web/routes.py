"""Every route of the program, and what it answers to a person or a device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.pages import bytes_of
from tests.persons import OLIVES_TOKEN, STRANGERS_TOKEN, sign_in
from tests.web import everything as instance

TABLE = Path(__file__).with_name("routes_by_role.txt")
METHODS = ("GET", "POST")
"""Every route is tried by these."""
DEVICES_ALONE = [
    *[
        (route, method)
        for route in ("api:upload", "resident:send", "hand_in_send")
        for method in ("HEAD", "PATCH", "DELETE", "OPTIONS")
    ],
    ("api:health", "PUT"),
    *[("scim", method) for method in ("PUT", "PATCH", "DELETE")],
]
"""What devices call besides, and who uploads from a browser."""
TOKENS = {"device": OLIVES_TOKEN, "device2": STRANGERS_TOKEN}
NO_SUCH_METHOD = "405"
"""The answer of a route to a method that has no line in the table."""
ROLES = (
    *("anyone", "olive", "hugo", "stranger", "nadia", "omar", "ada", "aggie", "audrey", "sam", "max", "otto"),
    *TOKENS,
)


@dataclass(frozen=True)
class Answer:
    """What a route answered: `shown` is its status as the table writes it."""

    shown: str
    content: bytes
    response: HttpResponseBase


def routes(resolver: URLResolver | None = None, spaces: str = "") -> Iterator[tuple[str, URLPattern]]:
    """The name of each route, with its namespaces, and its pattern. A route without a name goes by its pattern."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry, f"{spaces}{entry.namespace}:" if entry.namespace else spaces)
        else:
            yield spaces + (entry.name or str(entry.pattern)), entry


def table() -> dict[tuple[str, str], dict[str, str]]:
    """By route and method, what each role is answered."""
    lines = [line.split() for line in TABLE.read_text().splitlines() if line.strip() and line[0] != "#"]
    (_, *roles), *rows = lines
    assert tuple(roles) == ROLES
    read = {}
    for route, method, *answers in rows:
        assert (route, method) not in read, f"{route} {method} stands in the table twice"
        everyones = answers * len(roles) if len(answers) == 1 else answers
        assert len(everyones) == len(roles), f"{route} {method} has {len(answers)} answers for {len(roles)} roles"
        read[route, method] = dict(zip(roles, everyones, strict=True))
    return read


def line(route: str, method: str, answers: list[str]) -> str:
    """A line of the table."""
    return f"{route:36} {method:8}" + " ".join(answer.ljust(8) for answer in answers).rstrip()


def client_for(role: str, persons: instance.Persons) -> Client:
    """A browser in which this person is signed in, or a device's program."""
    client = Client(raise_request_exception=False)
    if role in TOKENS:
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {TOKENS[role]}"
    elif role in persons:
        sign_in(client, persons[role])
    return client


def parameters(pattern: URLPattern) -> list[str]:
    """The names of what changes in the addresses of a route, in what it is included by too."""
    above = next((list(each.pattern.converters) for each in resolvers() if pattern in each.url_patterns), [])
    return above + list(pattern.pattern.converters or pattern.pattern.regex.groupindex)


def resolvers(above: URLResolver | None = None) -> Iterator[URLResolver]:
    """Each that includes others."""
    for entry in (above or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield entry
            yield from resolvers(entry)


def ask(client: Client, made: instance.Everything, route: str, method: str, url: str = "") -> Answer:
    """What the route answers; afterwards everything is as it was. `url` stands for the address of what is Olive's."""
    cookies = client.cookies.output()
    with transaction.atomic():
        url = url or address(made, route)
        given = {"headers": instance.headers(made, route, method), **instance.posted(made, route, method)}
        if method == "GET":
            url += instance.query(made, route)
        response = getattr(client, method.lower())(url, **given)
        content = bytes_of(response)
        transaction.set_rollback(True)
    if client.cookies.output() != cookies:
        _restore(client, cookies)
    return Answer(_shown(response), content, response)


def address(made: instance.Everything, route: str) -> str:
    """Where a route leads to what is Olive's or Northgate's."""
    names = parameters(dict(routes())[route])
    return reverse(route, kwargs=instance.arguments(made, route, names))


def _restore(client: Client, cookies: str) -> None:
    """A page may sign out or leave a message: the next one knows nothing of it."""
    client.cookies.clear()
    client.cookies.load(cookies.replace("Set-Cookie: ", ""))


def _shown(response: HttpResponseBase) -> str:
    """The status; `in` where the answer leads to the sign-in."""
    sign_in = reverse(settings.LOGIN_URL)
    leads_in = response.status_code == 302 and response["Location"].startswith(f"{sign_in}?next=")
    return "in" if leads_in else str(response.status_code)


def answers(made: instance.Everything, role: str) -> dict[tuple[str, str], Answer]:
    """By route and method, what this role is answered."""
    client = client_for(role, made.persons)
    tried = [(route, method) for route, _ in routes() for method in METHODS] + DEVICES_ALONE
    return {row: ask(client, made, *row) for row in tried}
