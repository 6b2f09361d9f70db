"""A migration runs with the site up: what PostgreSQL would do for it is read by squawk, and nothing may hold a table.

`before_the_rule.txt` names the migrations that were there before. A line in WITH_REASON is the way to do something
all the same, where the table is small for good or the change is made in two releases (CONTRIBUTING.md).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader

pytestmark = [pytest.mark.at_once, pytest.mark.django_db]

SQUAWK = Path(sys.executable).with_name("squawk")
BEFORE = Path(__file__).with_name("before_the_rule.txt")
_OFFICERS = "Of the officers of all agencies there are some thousands of rows, written when one comes or goes."
_FLAGS = "Of flags there are few: each is looked into by a person. The worker alone writes them, and waits."
WITH_REASON: dict[tuple[str, str], str] = {
    ("agencies 0012_badge_later", "require-concurrent-index-creation"): _OFFICERS,
    ("auditing 0002_views", "constraint-missing-not-valid"): _FLAGS,
    ("auditing 0002_views", "disallowed-unique-constraint"): _FLAGS,
}
"""(migration, squawk's rule): why it holds no site up."""

OURS = (
    "adding-field-with-default",
    "adding-foreign-key-constraint",
    "adding-not-nullable-field",
    "adding-required-field",
    "adding-serial-primary-key-field",
    "ban-alter-domain-with-add-constraint",
    "ban-concurrent-index-creation-in-transaction",
    "ban-drop-column",
    "ban-drop-table",
    "ban-truncate-cascade",
    "changing-column-type",
    "constraint-missing-not-valid",
    "disallowed-unique-constraint",
    "renaming-column",
    "renaming-table",
    "require-concurrent-index-creation",
    "require-concurrent-index-deletion",
)
"""What holds a table, or takes from the last release what it still reads. Matters of taste are left out."""


def found(sql: str, *, in_transaction: bool) -> set[str]:
    command = [SQUAWK, "--reporter", "json", "--pg-version", "15", "--stdin-filepath", "migration.sql"]
    command += ["--assume-in-transaction"] if in_transaction else []
    done = subprocess.run(command, input=sql, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    rules = {one["rule_name"] for one in json.loads(done.stdout)}
    assert "syntax-error" not in rules, sql
    return rules & set(OURS)


def new_migrations() -> list[str]:
    before = set(BEFORE.read_text().split("\n"))
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("goodfences.")}
    known = MigrationLoader(connection).graph.nodes
    return sorted(f"{app} {name}" for app, name in known if app in ours and f"{app} {name}" not in before)


@pytest.mark.django_db(transaction=True)  # as what is built beside others' writing wants it
def test_no_new_migration_holds_the_site_up() -> None:
    loader = MigrationLoader(connection, replace_migrations=False)
    troubles = {}
    for each in new_migrations():
        app, name = each.split()
        migration = loader.graph.nodes[app, name]
        sql = "\n".join(loader.collect_sql([(migration, False)]))
        for rule in found(sql, in_transaction=migration.atomic):
            if (each, rule) not in WITH_REASON:
                troubles[each, rule] = sql
    assert not troubles, "\n".join(f"{each}: {rule}\n{sql}" for (each, rule), sql in troubles.items())


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("CREATE INDEX a ON clips_clip (kind);", "require-concurrent-index-creation"),
        ("ALTER TABLE clips_clip ADD COLUMN a uuid DEFAULT gen_random_uuid() NOT NULL;", "adding-field-with-default"),
        ("ALTER TABLE clips_clip ALTER COLUMN size TYPE numeric;", "changing-column-type"),
        ("ALTER TABLE clips_clip DROP COLUMN size;", "ban-drop-column"),
        ("ALTER TABLE clips_clip ADD CONSTRAINT a CHECK (size > 0);", "constraint-missing-not-valid"),
        (
            'ALTER TABLE clips_clip ADD COLUMN a_id bigint NULL CONSTRAINT b REFERENCES people_account ("id");',
            "adding-foreign-key-constraint",
        ),
    ],
)
def test_what_would_hold_it_up_is_found(sql: str, rule: str) -> None:
    assert rule in found(sql, in_transaction=True)


@pytest.mark.parametrize(
    ("sql", "in_transaction"),
    [
        ("CREATE INDEX CONCURRENTLY a ON clips_clip (kind);", False),
        ("ALTER TABLE clips_clip ADD COLUMN a timestamp with time zone NULL;", True),
        ("ALTER TABLE clips_clip ADD COLUMN a integer DEFAULT 0 NOT NULL;", True),
        ("CREATE TABLE a (id bigint PRIMARY KEY, b bigint NOT NULL); CREATE INDEX c ON a (b);", True),
    ],
)
def test_what_takes_a_moment_is_fine(sql: str, in_transaction: bool) -> None:
    assert found(sql, in_transaction=in_transaction) == set()
