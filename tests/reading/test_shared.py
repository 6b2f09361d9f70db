from __future__ import annotations

import tomllib

import pytest

from goodfences.policy import words
from goodfences.reading import shared

FILES = (shared.FILE, words.FILE)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_entry_is_written_as_it_is_compared(file):
    raw = tomllib.loads(file.read_text())
    for name, text in raw["lists"].items():
        for entry in text.split(","):
            assert entry.strip() == entry.strip().lower(), name
            assert "-" not in entry, f"{name}: {entry}: write a space for the hyphen"
            assert entry.isascii(), f"{name}: {entry}"


def test_no_room_has_a_shared_list_of_its_own():
    names = [set(tomllib.loads(file.read_text())["lists"]) for file in FILES]
    assert not names[0] & names[1]


def test_no_letter_is_named_twice_with_two_readings():
    raw = tomllib.loads(shared.FILE.read_text())["looks_like"]
    chars = [char for each in raw.values() for char in each]
    assert not [char for char in chars if char.isascii() and char.isalnum()]
    assert sorted(set(chars)) == sorted(chars)
