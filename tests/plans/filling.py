"""Tables filled by one statement each: many rows that are valid and mean nothing, for the planner to look at."""

from __future__ import annotations

from typing import Any

from django.db import connection, models, transaction

NUMBERS = (models.IntegerField, models.FloatField, models.ForeignKey, models.OneToOneField, models.AutoField)


def fill(model: type[models.Model], rows: int, **expressions: str) -> None:
    """`rows` rows more; `expressions` are SQL for fields by name, `n` being the row's number. Foreign keys of the
    others lead nowhere: they are switched off for the transaction that the test is.
    """
    columns, values = [], []
    for field in model._meta.concrete_fields:
        if field.name in expressions:
            value = expressions[field.name]
        elif isinstance(field, models.AutoField):
            value = "10000000 + n"
        else:
            value = _of(field)
        columns.append(f'"{field.column}"')
        values.append(f"({value})::{_type(field)}")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({", ".join(columns)}) '
            f"SELECT {', '.join(values)} FROM generate_series(1, {rows}) AS numbers(n)"
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute(f'ANALYZE "{model._meta.db_table}"')


def _type(field: models.Field[Any, Any]) -> str:
    found = field.rel_db_type(connection) if field.primary_key and field.remote_field is None else None
    return (found or field.db_type(connection) or "text").partition(" GENERATED")[0]


def _of(field: models.Field[Any, Any]) -> str:
    if field.null:
        return "NULL"
    if isinstance(field, models.DateTimeField):
        return "now() - n * interval '1 minute'"
    if isinstance(field, models.DateField):
        return "current_date + (n % 30)::int"
    if isinstance(field, models.BooleanField):
        return "false"
    if isinstance(field, models.JSONField):
        return "'{}'"
    if isinstance(field, models.BinaryField):
        return "decode(md5(n::text), 'hex')"
    if isinstance(field, (models.SmallIntegerField, models.PositiveSmallIntegerField)):
        return "n % 100"
    if isinstance(field, NUMBERS):
        return "n"
    if field.unique or field.name.endswith(("digest", "sha256", "ref")):
        return f"left('{field.name[:4]}' || n || md5(n::text), {field.max_length or 64})"
    return "''"
