"""One way, and only one, to write an entry."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfences_record import canonical

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT | st.floats(1e-4, 1e14, exclude_max=True),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii", exclude_characters="\x00")), inner)
    ),
)


def test_keys_are_sorted_and_nothing_is_spaced() -> None:
    assert canonical.canonical({"b": [1, True, None], "a": "é"}) == '{"a":"é","b":[1,true,null]}'.encode()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (5.0, b"5"),
        (-0.0, b"0"),
        (0.11, b"0.11"),
        (2**53 - 1, b"9007199254740991"),
        ((1, 2), b"[1,2]"),
        (1e15, b"1000000000000000"),
    ],
)
def test_numbers_have_one_form(value: Any, written: bytes) -> None:
    assert canonical.canonical(value) == written


@given(PLAIN)
def test_what_was_read_back_is_written_the_same(value: Any) -> None:
    once = canonical.canonical(value)
    assert canonical.canonical(json.loads(once)) == once


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"cell": 2**53}, "cell is 9007199254740992, beyond 2\\*\\*53"),
        ({"a": [0, {"b": float("nan")}]}, r"a\[1\]\.b is nan"),
        (float("inf"), "it is inf"),
        (1e-9, "needs an exponent"),
        (1.5e15 + 0.5, "it is"),
        (1e300, "needs an exponent"),
        ("a\x00b", "NUL"),
        ("\ud800", "half a surrogate pair"),
        ({"é": 1}, "keys are ASCII"),
        ({1: 1}, "keys are ASCII"),
        ({"a\x00": 1}, "keys are ASCII"),
        (datetime(2026, 1, 1, tzinfo=UTC), "it is a datetime"),
        ({"raw": b"x"}, "raw is a bytes"),
    ],
)
def test_what_has_no_agreed_form_is_refused_by_its_place(value: Any, words: str) -> None:
    with pytest.raises(canonical.NotCanonical, match=words):
        canonical.canonical(value)


def test_a_time_is_written_in_utc_and_whole_seconds() -> None:
    here = timezone(timedelta(hours=2))
    assert canonical.timestamp(datetime(2026, 11, 24, 2, 30, 5, 999, tzinfo=here)) == "2026-11-24T00:30:05Z"


def test_a_commitment_binds_salt_subject_and_body() -> None:
    whole = canonical.commitment(b"s" * 32, "request:a", {"x": 1})
    assert whole != canonical.commitment(b"t" * 32, "request:a", {"x": 1})
    assert whole != canonical.commitment(b"s" * 32, "request:b", {"x": 1})
    assert whole != canonical.commitment(b"s" * 32, "request:a", {"x": 2})
