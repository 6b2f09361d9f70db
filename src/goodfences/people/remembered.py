"""What all web processes remember together for a while: Django's cache, kept in the database.

allauth counts in it how often somebody tried to sign in, and marks a code of an app that was used. In memory of its
own each process would count from nothing. Django's `DatabaseCache` isn't taken: of two who add the same key at once
it can tell both that they were first, it throws away counts that still run once it holds many, and it unpickles what
it reads, so that whoever writes into the database would run programs here.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection
from django.utils.crypto import salted_hmac

from goodfences import source
from goodfences.people.models import Remembered

_AT_MOST = timedelta(days=400)
# One statement: between two of them another process could come in between, and what has an end may just have gone.
_ADD = """
    INSERT INTO people_remembered (key, value, ends_at) VALUES (%s, %s, %s)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at
    WHERE people_remembered.ends_at <= %s
"""


class SharedCache(BaseCache):
    """Values are what JSON holds. Keys are kept as keyed digests: the table tells no address and nobody's name.

    Call it outside a transaction: what is rolled back wasn't remembered.
    """

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Remember it where nothing is remembered under this key. Of all who do so at once, one is told True."""
        moment = connection.ops.adapt_datetimefield_value
        row = (self._digest(key, version), json.dumps(value), moment(self._ends_at(timeout)))
        with connection.cursor() as cursor:
            cursor.execute(_ADD, [*row, moment(source.now())])
            return bool(cursor.rowcount)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        row = Remembered.objects.filter(key=self._digest(key, version), ends_at__gt=source.now())
        return next(iter(row.values_list("value", flat=True)), default)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        row = Remembered(key=self._digest(key, version), value=value, ends_at=self._ends_at(timeout))
        Remembered.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["key"], update_fields=["value", "ends_at"]
        )

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        row = Remembered.objects.filter(key=self._digest(key, version), ends_at__gt=source.now())
        return bool(row.update(ends_at=self._ends_at(timeout)))

    def delete(self, key: str, version: int | None = None) -> bool:
        return bool(Remembered.objects.filter(key=self._digest(key, version)).delete()[0])

    def clear(self) -> None:
        Remembered.objects.all().delete()

    def _digest(self, key: str, version: int | None) -> str:
        return salted_hmac("goodfences.remembered", self.make_key(key, version), algorithm="sha256").hexdigest()

    def _ends_at(self, timeout: Any) -> datetime:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        longest = _AT_MOST.total_seconds()
        return source.now() + timedelta(seconds=longest if seconds is None else min(seconds, longest))


def forget_old() -> int:
    """Delete what nobody has to remember any more; returns how much."""
    return Remembered.objects.filter(ends_at__lte=source.now()).delete()[0]
