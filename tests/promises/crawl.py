"""Goes wherever links, forms and the program's own routes lead a person, and keeps all that came back."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import urldefrag, urljoin

import h3
from allauth.account.utils import user_pk_to_url_str
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goodfences.people.models import Account
from tests.pages import bytes_of
from tests.persons import signed_in
from tests.web import everything as instance
from tests.web import routes

LEADS = re.compile(r"""(?:href|src|action|hx-get|data-[\w-]*(?:url|src))=["']([^"']+)["']""")
HEX = re.compile(rb"(?<![0-9a-fA-F])8[0-9a-fA-F]{14}(?![0-9a-fA-F])")
WHOLE = re.compile(rb"(?<![0-9.])[56][0-9]{17}(?![0-9])")
FINE = 9
NOBODYS = "nobodys-token-000000000000000000"


@dataclass(frozen=True)
class Page:
    """What came back for one address, and the queries that it took."""

    url: str
    status: int
    content: bytes
    queries: list[str]


def crawl(account: Account, made: instance.Everything, *, links: int = 1000) -> dict[str, Page]:
    """Every page that `account` comes to, from every route of the program, at most `links` links away."""
    client = signed_in(account)
    waiting = deque((url, 0) for url in starts(account, made))
    seen: dict[str, Page] = {}
    while waiting:
        url, away = waiting.popleft()
        if url in seen or url.startswith("/static/"):
            continue
        page = seen[url] = fetch(client, url)
        if away < links:
            waiting.extend((lead, away + 1) for lead in leads(page))
    return seen


def fetch(client: Client, url: str) -> Page:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
        content = bytes_of(response)
    content += response.headers.get("Location", "").encode()
    return Page(url, response.status_code, content, [query["sql"] for query in captured])


def starts(account: Account, made: instance.Everything) -> Iterator[str]:
    """An address of each route. A token that was mailed to somebody else is one that this person doesn't have."""
    own = user_pk_to_url_str(account)
    for route, pattern in routes.routes():
        names = routes.parameters(pattern)
        given = instance.arguments(made, route, names)
        if account != made.persons["olive"] and ("token" in names or "key" in names):
            given = {**dict.fromkeys(names, NOBODYS), **({"uidb36": own} if "uidb36" in names else {})}
        yield reverse(route, kwargs=given)


def leads(page: Page) -> Iterator[str]:
    """Where the page's links, forms and players lead on this instance, but for addresses that lead back to it."""
    try:
        text = page.content.decode()
    except UnicodeDecodeError:
        return
    for found in LEADS.findall(text):
        url = urldefrag(urljoin(page.url, unescape(found))).url
        if url.startswith("/") and "?next=" not in url:
            yield url


def fine_cells(content: bytes) -> set[str]:
    """The H3 cells of resolution 9 and finer that stand in it, as hexadecimal or as integers."""
    written = {match.decode().lower() for match in HEX.findall(content)}
    written |= {f"{int(match):x}" for match in WHOLE.findall(content)}
    return {cell for cell in written if h3.is_valid_cell(cell) and h3.get_resolution(cell) >= FINE}
