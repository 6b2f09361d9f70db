"""Databases with nothing in them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from tests import migrated

Empty = Callable[[str], str]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Empty]:
    """`empty("a")` is the address of an empty database of the engine that the tests run on."""
    if connection.vendor == "sqlite":
        yield lambda name: f"sqlite:///{tmp_path / name}.sqlite3"
        return
    url = migrated.past_a_pool()
    made = []
    with psycopg.connect(url, autocommit=True) as server:

        def make(name: str) -> str:
            made.append(f"empty_{name}_{os.getpid()}")
            server.execute(f"CREATE DATABASE {made[-1]}")
            return urlsplit(url)._replace(path=f"/{made[-1]}").geturl()

        yield make
        for name in made:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
