"""Many processes append and sign at once: no gap, no fork, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripts.with_postgres import postgres

from tests import migrated

ROOT = Path(__file__).resolve().parents[2]
PROCESSES, ENTRIES = 4, 15

WRITE = f"""
import sys, django
django.setup()
from django.db import transaction
from goodfences.ledger import actions
for number in range({ENTRIES}):
    try:
        with transaction.atomic():
            actions.append(kind="policy", subject=f"writer:{{sys.argv[1]}}", body={{"number": number}})
            if number % 5 == 4:
                raise ZeroDivisionError  # an act that fails after its entry
    except ZeroDivisionError:
        pass
    actions.sign_checkpoint()
"""
CHECK = """
import django
django.setup()
from goodfences.ledger import keys, queries, tree
from goodfences_record import offline
from tests.ledger.logs import fetch
entries = list(queries.entries())
assert [entry.index for entry in entries] == list(range(len(entries))), "a gap"
report = offline.verify_log(fetch, public_key=keys.public_key())
assert report.checkpoint.size == tree.size()
for entry in entries:
    entry.body["number"]
mine = [entry.body["number"] for entry in entries if entry.subject == "writer:0"]
assert mine == sorted(mine)
print(len(entries))
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def instance(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a new instance on each database."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "goodfences.settings",
        "GOODFENCES_STATE": str(tmp_path),
    }
    if request.param == "sqlite":
        migrated.into(tmp_path)
        yield environment
        return
    with postgres() as url:
        environment |= {"DATABASE_URL": url}
        run(environment, "-m", "django", "migrate", "--verbosity", "0")
        yield environment


def run(instance: dict[str, str], *arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], env=instance, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_entries_of_many_processes_make_one_log(instance: dict[str, str]) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITE, str(number)], env=instance, stderr=subprocess.PIPE, text=True)
        for number in range(PROCESSES)
    ]
    for writer in writers:
        _, said = writer.communicate(timeout=120)
        assert writer.returncode == 0, said
    assert run(instance, "-c", CHECK).strip() == str(PROCESSES * ENTRIES * 4 // 5)
