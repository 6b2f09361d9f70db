"""The same on PostgreSQL, by its own programs: into an empty database, and of several hosts the right one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import psycopg
import pytest

from goodfences import databases
from goodfences.bench import postgres
from goodfences.operating.backups import databases as dumps
from tests.instance import Instance
from tests.operating.test_backup import TOWN, Shelf, look

pytestmark = pytest.mark.postgres


def test_its_programs_hear_all_that_the_address_says() -> None:
    said = databases.of(
        "postgres://olive:secret@a:1/town?sslmode=verify-full&ssl_min_protocol_version=TLSv1.3&application_name=town"
        "&options=-c%20work_mem%3D8MB&passfile=/x&target_session_attrs=any",
        folder=Path(),
    )
    told = dict(dumps.postgres_environment(said).items() - os.environ.items())
    assert told == {
        "PGHOST": "a",
        "PGPORT": "1",
        "PGUSER": "olive",
        "PGPASSWORD": "secret",
        "PGDATABASE": "town",
        "PGSSLMODE": "verify-full",
        "PGSSLMINPROTOCOLVERSION": "TLSv1.3",
        "PGAPPNAME": "town",
        "PGOPTIONS": "-c work_mem=8MB",
        "PGPASSFILE": "/x",
        "PGTARGETSESSIONATTRS": "any",
        "PGCONNECT_TIMEOUT": "5",
    }


@pytest.mark.parametrize("said", ["", "?target_session_attrs=prefer-standby"])
def test_of_several_hosts_they_take_the_primary(said: str) -> None:
    told = dumps.postgres_environment(databases.of(f"postgres://olive@a:1,b:2/town{said}", folder=Path()))
    assert (told["PGHOST"], told["PGPORT"], told["PGTARGETSESSIONATTRS"]) == ("a,b", "1,2", "read-write")


def test_a_restored_instance_is_the_lost_one_without_what_ended_since(tmp_path: Path) -> None:
    """The address names two servers, first the one that only follows."""
    programs, _as_whom = postgres.server()
    with postgres.running() as server, postgres.follower(server) as standby:
        url = server.url
        with psycopg.connect(url, autocommit=True) as line:
            line.execute("create database town")
            line.execute("create database anew")

        both = f"postgres://goodfences@127.0.0.1:{standby.port},127.0.0.1:{server.port}"

        def machine(name: str) -> Instance:
            made = Instance(
                tmp_path / name,
                DATABASE_URL=f"{both}/{name}?target_session_attrs=read-write",
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
