"""Finds what belongs to a person by following the models' own links, so that no table has to be named by hand."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db import connection, models

from goodfences.people.models import Account, Household

Owned = dict[type[models.Model], set[Any]]

NOT_A_RESIDENTS = {"agencies.Officer", "oversight.Seat"}
"""Links to an account that a resident's account never has."""


def links() -> Iterator[tuple[type[models.Model], str, type[models.Model], str]]:
    """(model, field, model it names, field there): every foreign key, and every `share_ref` that names a Share."""
    by_name = {f"{model._meta.model_name}_ref": model for model in apps.get_models()}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.related_model is not None:
                yield model, field.attname, field.related_model, "pk"
            elif field.name in by_name:
                yield model, field.name, by_name[field.name], "ref"


def belonging_tables() -> set[type[models.Model]]:
    """Every model whose rows lead to an account or a household."""
    found: set[type[models.Model]] = {Account, Household}
    while more := {m for m, _, to, _ in links() if to in found and m._meta.label not in NOT_A_RESIDENTS} - found:
        found |= more
    return found


def of(account: Account, household: Household) -> Owned:
    """The rows of each such table that belong to this person, who owns that household."""
    owned: Owned = {model: set() for model in belonging_tables()}
    owned[Account], owned[Household] = {account.pk}, {household.pk}
    while True:
        before = sum(len(rows) for rows in owned.values())
        for model, field, to, there in links():
            if model in owned and to in owned:
                named = to._default_manager.filter(pk__in=owned[to]).values_list(there, flat=True)
                owned[model] |= set(
                    model._default_manager.filter(**{f"{field}__in": list(named)}).values_list("pk", flat=True)
                )
        if sum(len(rows) for rows in owned.values()) == before:
            return owned


def untold(owned: Owned, export: Any, without: dict[str, str]) -> list[str]:
    """Each value of each owned row that isn't in the export; `without` are `app.Model.field`s, and why not."""
    told = set(leaves(export))
    lacking = []
    for model, pks in owned.items():
        for row in model._default_manager.filter(pk__in=pks):
            for field in model._meta.concrete_fields:
                name = f"{model._meta.label}.{field.name}"
                if name in without or field.related_model is not None or field.name == "id":
                    continue
                missing = set(leaves(field.value_from_object(row))) - told
                lacking += [f"{name}: {value}" for value in sorted(missing)]
    return lacking


def leaves(value: Any) -> Iterator[str]:
    """Every single value in it, as text. What is empty tells nothing."""
    if isinstance(value, dict):
        for key, inner in value.items():
            del key
            yield from leaves(inner)
    elif isinstance(value, list | tuple | set):
        for inner in value:
            yield from leaves(inner)
    elif isinstance(value, datetime | date):
        yield value.isoformat()
    elif isinstance(value, bytes | memoryview):
        yield from [base64.b64encode(value).decode()] if value else []
    elif value not in (None, "", False, True):
        yield str(value)


def everything_kept() -> Iterator[tuple[str, str]]:
    """Each table of the database and each of its rows as text, whatever model made it."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                yield table, "\x1f".join(_text(value) for value in row)


def _text(value: Any) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
