"""A database that `goodfences migrate` has made, once: copying it takes no time.

On SQLite it lies in `build/` under a name that the migrations give it, on PostgreSQL beside the tests' own. That
it is what the migrations make, one after the other, is held by tests/migrations/test_fresh.py.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from functools import cache
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from filelock import FileLock

from tests.environment import ROOT, child_environment

NAME = "goodfences.sqlite3"
MIGRATE = "import django; django.setup(); from goodfences import migrating; migrating.migrate()"
"""As `goodfences migrate`, but that publishes the policy too."""


def into(state: Path) -> None:
    """Give an instance's state folder a database of its own."""
    state.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file(), state / NAME)


def into_memory(name: str) -> sqlite3.Connection:
    """Fill the shared database of this address in memory; it lasts as long as the connection is open."""
    memory = sqlite3.connect(name, uri=True, check_same_thread=False)
    with closing(sqlite3.connect(file())) as migrated:
        migrated.backup(memory)
    return memory


@cache
def file() -> Path:
    """The one on SQLite."""
    made = ROOT / "build" / f"migrated-{_digest()}.sqlite3"
    made.parent.mkdir(exist_ok=True)
    with FileLock(made.with_suffix(".lock")):
        if not made.exists():
            _make(made)
    return made


def _digest() -> str:
    """Of all that decides what the database looks like."""
    digest = hashlib.sha256()
    source = ROOT / "src" / "goodfences"
    for file in (source / "fresh.py", source / "migrating.py", *sorted(source.glob("*/migrations/*.py"))):
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    digest.update(" ".join(metadata.version(name) for name in ("django", "django-allauth")).encode())
    return digest.hexdigest()[:16]


def past_a_pool() -> str:
    """The address of PostgreSQL itself, where the tests run on it."""
    return os.environ.get("DATABASE_DIRECT_URL") or os.environ["DATABASE_URL"]


def as_template(url: str) -> str:
    """The name of a database of this PostgreSQL server that the tests' own are copied from."""
    name = f"migrated_{_digest()}"
    half = f"{name}_half"
    with FileLock(ROOT / "build" / "template.lock"), psycopg.connect(url, autocommit=True) as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            server.execute(f"CREATE DATABASE {half}")
            with tempfile.TemporaryDirectory() as state:
                _migrate(GOODFENCES_STATE=state, DATABASE_URL=urlsplit(url)._replace(path=f"/{half}").geturl())
            server.execute(f"ALTER DATABASE {half} RENAME TO {name}")
    return name


def _make(made: Path) -> None:
    with tempfile.TemporaryDirectory() as state:
        _migrate(GOODFENCES_STATE=state, DATABASE_URL=f"sqlite:///{Path(state, NAME)}")
        half = made.with_suffix(".half")
        shutil.copyfile(Path(state, NAME), half)
        half.replace(made)


def _migrate(**environment: str) -> None:
    given = {"DJANGO_SETTINGS_MODULE": "goodfences.settings", **environment}
    subprocess.run([sys.executable, "-c", MIGRATE], env={**child_environment(), **given}, check=True)
