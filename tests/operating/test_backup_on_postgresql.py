"""The same on PostgreSQL, by its own programs: from one database into an empty one."""

from __future__ import annotations

import shutil
from pathlib import Path

import psycopg
import pytest

from goodfences.bench import postgres
from tests.instance import Instance
from tests.operating.test_backup import TOWN, Shelf, look

pytestmark = pytest.mark.postgres


def test_a_restored_instance_is_the_lost_one_without_what_ended_since(tmp_path: Path) -> None:
    programs, _as_whom = postgres.server()
    with postgres.running() as server:
        url = server.url
        with psycopg.connect(url, autocommit=True) as line:
            line.execute("create database town")
            line.execute("create database anew")

        def machine(name: str) -> Instance:
            made = Instance(
                tmp_path / name,
                DATABASE_URL=url.removesuffix("postgres") + name,
                GOODFENCES_PG_BIN=str(programs),
                GOODFENCES_URL="http://town.example",
            )
            shutil.rmtree(made.state)
            return made

        town, new = machine("town"), machine("anew")
        town.goodfences("migrate")
        town.run(TOWN, "build")
        shelf = Shelf(tmp_path, town)
        shelf.make()
        town.run(TOWN, "change")
        shelf.note()
        changed = look(town)
        assert "isn't an empty machine" in shelf.restore(town).stderr
        done = shelf.restore(new)
        assert done.returncode == 0, done.stderr
        after = look(new)
        assert {**after, "mail": ""} == {**changed, "mail": ""}
        new.run(TOWN, "act")
        assert look(new)["signed"] == changed["signed"] + 1
