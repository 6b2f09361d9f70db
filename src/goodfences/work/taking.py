"""Taking rows to work on, so that no two workers ever hold the same one and none waits for another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)
Mark = Callable[[Row], Mapping[str, Any]]


def take(due: QuerySet[Row], limit: int, mark: Mapping[str, Any]) -> list[Row]:
    """At most `limit` rows of `due`, in its order, with `mark` written on them so that they are due no more.

    Rows that another worker is taking at this moment are passed over (SKIP LOCKED; SQLite has one writer). The rows
    are as they were read, before the mark. Give a mark that wears off, or somebody who looks after the dead.
    """
    # Looked at first: whoever locks rows counts as a writer on SQLite, and an idle worker writes nothing.
    if limit < 1 or not due.exists():
        return []
    with transaction.atomic():
        rows = list(_free(due)[:limit])
        due.model._base_manager.filter(pk__in=[row.pk for row in rows]).update(**mark)
    return rows


def take_one(due: QuerySet[Row], mark: Mark[Row]) -> Row | None:
    """The first row of `due` that is free, as by `take`; its mark depends on the row."""
    if not due.exists():
        return None
    with transaction.atomic():
        row = _free(due).first()
        if row is not None:
            due.model._base_manager.filter(pk=row.pk).update(**mark(row))
    return row


def worn_off(field: str, now: datetime, longest: timedelta) -> Q:
    """Where nobody holds a row any more whose `field` says until when it is held, or put off.

    `longest` is the longest that anybody ever says: what is held for longer was taken by a clock that was ahead, and
    would else be out of everybody's reach until that time.
    """
    later = {f"{field}__gt": now + longest}
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__lte": now}) | Q(**later)


def _free(due: QuerySet[Row]) -> QuerySet[Row]:
    return due.select_for_update(of=("self",), no_key=True, skip_locked=True)
