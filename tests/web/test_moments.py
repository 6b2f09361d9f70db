"""Moments of a clip are typed and read in minutes and seconds."""

from __future__ import annotations

import pytest

from goodfences.web import moments


@pytest.mark.parametrize(
    ("typed", "milliseconds"),
    [
        ("0:07.3", 7300),
        ("7.3", 7300),
        ("7,3", 7300),
        (" 1:02 ", 62000),
        ("0:01:07", 67000),
        ("90", 90000),
        ("0:02.033", 2033),
    ],
)
def test_what_people_type_is_read(typed: str, milliseconds: int) -> None:
    assert moments.read(typed) == milliseconds


@pytest.mark.parametrize("typed", ["", "soon", "-1", "1:", ":1", "0:07.1234", "1e3", "1:2:3:4"])
def test_what_is_no_moment_is_none(typed: str) -> None:
    assert moments.read(typed) is None


@pytest.mark.parametrize(("milliseconds", "text"), [(0, "0:00.0"), (7300, "0:07.3"), (62033, "1:02.033")])
def test_what_is_written_is_read_back_to_the_millisecond(milliseconds: int, text: str) -> None:
    assert moments.written(milliseconds) == text
    assert moments.read(text) == milliseconds
