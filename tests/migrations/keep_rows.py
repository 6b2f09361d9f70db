"""Write down the rows that this version makes, for later ones to bring forward: `make kept-rows VERSION=0.1.0`.

A test only in that it wants its fixtures: every kind of thing that a route can lead to.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests.web.conftest import everything  # noqa: F401
from tests.web.everything import Everything

OF_DJANGO = {"django_migrations", "django_content_type", "auth_permission"}


def test_write_rows_down(everything: Everything) -> None:  # noqa: F811
    with connection.cursor() as cursor:
        names = sorted(set(connection.introspection.table_names(cursor)) - OF_DJANGO)
        tables = {name: _table(cursor, name) for name in names}
    leaves = json.dumps(MigrationLoader(connection).graph.leaf_nodes())
    told = ",\n".join(f"{json.dumps(name)}: {table}" for name, table in tables.items() if table)
    file = Path(__file__).with_name("before") / f"{os.environ['VERSION']}.json"
    file.write_text(f'{{"leaves": {leaves},\n"tables": {{\n{told}\n}}}}\n')


def _table(cursor: Any, name: str) -> str:
    cursor.execute(f'SELECT * FROM "{name}"')
    columns = json.dumps([column[0] for column in cursor.description])
    rows = ",\n".join(json.dumps(row, default=_plain) for row in cursor.fetchall())
    return f'{{"columns": {columns}, "rows": [\n{rows}\n]}}' if rows else ""


def _plain(value: Any) -> Any:
    return {"hex": bytes(value).hex()} if isinstance(value, (bytes, memoryview)) else str(value)
