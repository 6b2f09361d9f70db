"""The tables of a new instance, made at once as the last migration leaves them.

Migrations say how a database came to be what it is. On an empty one that takes ten seconds, nine of which Django
spends on building every model anew after every step; made at once it is half of one. What comes of both is held to be
the same, table by table and row by row, on both engines (tests/migrations/test_fresh.py).
"""

from __future__ import annotations

from django.db import router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor


def is_empty(connection: BaseDatabaseWrapper) -> bool:
    """Whether nothing was ever put into this database."""
    return not connection.introspection.table_names()


def fill(connection: BaseDatabaseWrapper) -> None:
    """Make every table in an empty database, and write down every migration as applied: all of it or nothing.

    `migrate` has to come after it: it finds every step done, and adds the rows that Django makes behind the last one.
    """
    executor = MigrationExecutor(connection)
    models = executor.loader.project_state().apps.get_models()
    steps = executor.migration_plan(executor.loader.graph.leaf_nodes())
    with connection.schema_editor() as editor:
        editor.create_model(executor.recorder.Migration)
        for model in models:
            if model._meta.can_migrate(connection) and router.allow_migrate_model(connection.alias, model):
                editor.create_model(model)
        for step, _backwards in steps:
            executor.record_migration(step)  # type: ignore[arg-type, call-arg]  # its stub is of an older Django
