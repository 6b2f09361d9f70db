"""A city of a tenth of all posts and four hundred small towns with the rest, filled by SQL."""

from __future__ import annotations

import json
import random  # noqa: TID251 - a bench repeats itself; nothing here is secret
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from goodfences import source
from goodfences.bench.bulk import cookie_of, filling
from goodfences.bench.runner import CannotMeasure

WORDS = 4_000
WORDS_A_POST = 14
TOWNS = 400
AUTHORS = 2_000
DAYS = 365
LONG_AGO = timedelta(days=365)
_CITY = (40.73, -73.99)
_CITY_KM, _TOWN_KM = 14.0, 2.6
_KINDS = ("crime", "hazard", "lost_found", "missing_pet", "unknown_visitor", "question", "thanks", "helped")


@dataclass(frozen=True)
class Reader:
    """A neighbor with a home."""

    account_id: int

    def cookie(self) -> str:
        """The header of their browser, signed in."""
        return cookie_of(self.account_id)


@dataclass(frozen=True)
class Town:
    city: Reader
    village: Reader
    words: list[str]
    """The most frequent first."""


def found(posts: int) -> Town | None:
    """What an earlier call filled, or nothing. Raises CannotMeasure where that were fewer or more posts."""
    from goodfences.feed.models import Post
    from goodfences.people.models import Account

    readers = list(Account.objects.filter(email__in=map(_email, range(2))).order_by("email"))
    if not readers:
        return None
    # Some more: those that pages with open streams heard of.
    if not posts <= Post.objects.count() < posts + posts // 100 + 100:
        raise CannotMeasure(f"The folder holds {Post.objects.count():,} posts, and not {posts:,}.")
    city, village = (Reader(account.pk) for account in readers)
    return Town(city=city, village=village, words=_words())


def fill(posts: int, comments: int) -> Town:
    """So many posts over the last year, each with so many comments; and two readers in the midst of them."""
    words = _words()
    villages = _villages()
    readers = [_settle(number, place) for number, place in enumerate((_CITY, villages[0]))]
    with filling("feed_%", cache_kb=400_000) as connection:
        first = _authors(connection)
        _posts(connection, posts, words, villages, first)
        _comments(connection, comments, first)
    return Town(city=readers[0], village=readers[1], words=words)


def _email(number: int) -> str:
    return f"reader{number}@homes.example"


def _settle(number: int, place: tuple[float, float]) -> Reader:
    from goodfences import places
    from goodfences.people import actions as people
    from goodfences.people.models import Account

    # No newcomer: those may write three posts a day.
    account = Account.objects.create_user(_email(number), created_at=source.now() - LONG_AGO)
    people.settle(
        account=account,
        cell=places.cell_at(*place),
        household_name="",
        language="en",
        time_zone="America/New_York",
    )
    return Reader(account.pk)


def _authors(connection: sqlite3.Connection) -> int:
    (first,) = connection.execute("SELECT MAX(id) + 1 FROM people_account").fetchone()
    # A copy of a real row with another key and address, so that no column is forgotten.
    columns = [row[1] for row in connection.execute("PRAGMA table_info(people_account)")]
    copied = ", ".join({"id": "n.value", "email": "'a' || n.value || '@homes.example'"}.get(c, c) for c in columns)
    connection.execute(
        f"INSERT INTO people_account ({', '.join(columns)}) SELECT {copied} FROM json_each(?) n, people_account"  # noqa: S608
        " WHERE people_account.id = (SELECT MIN(id) FROM people_account)",
        [json.dumps(list(range(first, first + AUTHORS)))],
    )
    return int(first)


def _posts(
    connection: sqlite3.Connection, posts: int, words: list[str], villages: list[tuple[float, float]], first: int
) -> None:
    """Place by place, so that the words of each lie in order already; told at any time of the year."""
    chance = random.Random("posts")  # noqa: S311
    now, pk = source.now(), 0
    for place, spread, count in _places(posts, villages):
        made = [_post(chance, place, spread, now, words) for _ in range(count)]
        made.sort(key=lambda post: post[0])
        rows, index = [], []
        for told_at, cell, area, kind, said in made:
            pk += 1
            text = " ".join(said)
            at = told_at.strftime("%Y-%m-%d %H:%M:%S.%f")
            rows.append((pk, f"p{pk:021d}", first + pk % AUTHORS, kind, text[:60], text, cell, area, at, at))
            index += [(area, word, pk) for word in set(said)]
        connection.executemany(_POST, rows)
        connection.executemany("INSERT INTO feed_word (area_cell, word, post_id) VALUES (?, ?, ?)", sorted(index))


_POST = (
    "INSERT INTO feed_post (id, ref, author_id, kind, state, outcome, title, text, language, cell, area_cell,"
    " written_at, told_at, standing, officer_label, once, ruling_ref, contest)"
    " VALUES (?, ?, ?, ?, 'open', '', ?, ?, 'en', ?, ?, ?, ?, 'published', '', '', '', '')"
)


def _places(posts: int, villages: list[tuple[float, float]]) -> Iterator[tuple[tuple[float, float], float, int]]:
    yield _CITY, _CITY_KM, posts // 10
    each, more = divmod(posts - posts // 10, len(villages))
    for number, place in enumerate(villages):
        yield place, _TOWN_KM, each + (number < more)


def _post(
    chance: random.Random, place: tuple[float, float], spread_km: float, now: datetime, words: list[str]
) -> tuple[datetime, int, int, str, list[str]]:
    from goodfences import places
    from goodfences.feed import cells

    lat, lon = (chance.gauss(middle, spread_km / 2 / 111) for middle in place)
    cell = cells.coarse(places.cell_at(lat, lon))
    said = [words[int(len(words) * chance.random() ** 4)] for _ in range(WORDS_A_POST)]
    told_at = now - timedelta(days=DAYS * chance.random())
    return told_at, cell, cells.area_of(cell), chance.choice(_KINDS), said


def _comments(connection: sqlite3.Connection, each: int, first: int) -> None:
    """An hour apart, by one neighbor after another."""
    connection.execute(
        "INSERT INTO feed_comment (ref, post_id, author_id, voice, text, language, written_at, standing,"
        " officer_label, once) SELECT printf('c%010d%011d', p.id, n.value), p.id, ? + (p.id * 7 + n.value) % ?,"
        " n.value, 'I saw it, too, and told the others about it.', 'en',"
        " strftime('%Y-%m-%d %H:%M:%f000', p.told_at, n.value || ' hours'), 'published', '', ''"
        " FROM feed_post p CROSS JOIN json_each(?) n ORDER BY p.id, n.value",
        [first, AUTHORS, json.dumps(list(range(1, each + 1)))],
    )


def _villages() -> list[tuple[float, float]]:
    chance = random.Random("villages")  # noqa: S311
    return [(chance.uniform(26, 48), chance.uniform(-122, -76)) for _ in range(TOWNS)]


def _words() -> list[str]:
    chance = random.Random("words")  # noqa: S311
    syllables = ["ba", "co", "du", "fe", "gi", "ka", "lo", "mu", "ne", "pi", "ra", "so", "tu", "ve", "wi", "zo"]
    found: dict[str, None] = {}
    while len(found) < WORDS:
        found["".join(chance.choice(syllables) for _ in range(chance.choice((2, 3, 3, 4))))] = None
    return list(found)


def facts() -> dict[str, Any]:
    """How large it has become."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        return {"database_mb": cursor.fetchone()[0] // 1_000_000}
