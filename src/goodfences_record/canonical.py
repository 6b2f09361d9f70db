"""One way, and only one, to write an entry as bytes: a subset of RFC 8785 (JSON canonicalization).

Inside the subset Python, PostgreSQL's jsonb and JavaScript agree on every value: ASCII keys, no integer
beyond 2**53, no number that needs an exponent. What is outside it is refused, never rounded.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

VERSION = 1
SALT_BYTES = 32
_MAX_INT = 2**53 - 1


class NotCanonical(ValueError):
    """A value that has no single agreed form as JSON. Says where it is and what to write instead."""


def canonical(value: Any) -> bytes:
    """The one JSON form of `value`, as UTF-8.

    Raises NotCanonical for numbers beyond 2**53 (an H3 cell is written as its hexadecimal text),
    numbers that need an exponent, NaN, text with NUL or half a surrogate pair, keys that aren't ASCII,
    and other types.
    """
    plain = _plain(value, "")
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def commitment(salt: bytes, subject: str, body: Mapping[str, Any]) -> str:
    """The salted commitment of a leaf to what is shown beside it, as hexadecimal SHA-256.

    The salt keeps it from being guessed once body and salt are erased.
    """
    return hashlib.sha256(salt + canonical({"body": body, "subject": subject})).hexdigest()


def leaf_bytes(*, kind: str, at: datetime, commitment: str) -> bytes:
    """The bytes of a leaf: no index, no key of a row, nothing that entries or rows beside it could move."""
    return canonical({"at": timestamp(at), "commitment": commitment, "kind": kind, "v": VERSION})


def timestamp(at: datetime) -> str:
    """A moment as leaves write it: RFC 3339 in UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(value: Any, where: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _plain_int(value, where)
    if isinstance(value, float):
        return _plain_float(value, where)
    if isinstance(value, str):
        return _plain_text(value, where)
    if isinstance(value, Mapping):
        return {_plain_key(key, where): _plain(item, f"{where}.{key}".lstrip(".")) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{where}[{place}]") for place, item in enumerate(value)]
    raise NotCanonical(
        f"{where or 'it'} is a {type(value).__name__}; write it as text, a number, a list or an object."
    )


def _plain_int(value: int, where: str) -> int:
    if abs(value) > _MAX_INT:
        raise NotCanonical(f"{where or 'it'} is {value}, beyond 2**53: write it as text (an H3 cell as hexadecimal).")
    return value


def _plain_float(value: float, where: str) -> int | float:
    if not math.isfinite(value):
        raise NotCanonical(f"{where or 'it'} is {value}; only finite numbers can be written.")
    if value == int(value) and abs(value) <= _MAX_INT:
        return int(value)
    if not 1e-4 <= abs(value) < 1e15:
        raise NotCanonical(f"{where or 'it'} is {value}, which needs an exponent: round it or write it as text.")
    return value


def _plain_text(value: str, where: str) -> str:
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise NotCanonical(f"{where or 'it'} holds a NUL or half a surrogate pair; leave such characters out.")
    return value


def _plain_key(key: Any, where: str) -> str:
    if not isinstance(key, str) or not key.isascii() or "\x00" in key:
        raise NotCanonical(f"{where or 'it'} has the key {key!r}; keys are ASCII text.")
    return key
