from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

from goodfences.policy import in_force as policy_in_force
from goodfences.policy import words
from goodfences.policy.model import TEXT_RULES

SMALL = """
[lists]
give = "share, hand over"
[rules."reason.pressure"]
phrases = ["you must .. {give}"]
[looks_like]
a = "а"
"""


def test_the_word_file_is_part_of_the_policy_that_is_published():
    digest = hashlib.sha256(Path(words.FILE).read_bytes()).hexdigest()
    assert policy_in_force().data["text_rules_sha256"] == digest


def test_every_rule_of_the_word_file_is_one_of_the_policy():
    assert set(words.in_force().patterns) == set(TEXT_RULES) - {"reason.race", "reason.victim"}


def test_every_entry_is_written_as_it_is_compared():
    raw = tomllib.loads(words.FILE.read_text())
    for name, text in raw["lists"].items():
        for entry in text.split(","):
            assert entry.strip() == entry.strip().lower(), name
            assert "-" not in entry, f"{name}: {entry}: write a space for the hyphen"
            assert entry.isascii(), f"{name}: {entry}"


def test_no_letter_is_named_twice_with_two_readings():
    raw = tomllib.loads(words.FILE.read_text())["looks_like"]
    chars = [char for each in raw.values() for char in each]
    assert not [char for char in chars if char.isascii() and char.isalnum()]
    assert sorted(set(chars)) == sorted(chars)


def test_a_small_word_file_is_read():
    found = words.parse(tomllib.loads(SMALL))
    assert {"you", "must", "share", "hand", "over"} <= found.known
    assert found.looks_like == {"а": "a"}


@pytest.mark.parametrize(
    "old, new, says",
    [
        ("{give}", "{gave}", "names no list of the file: {gave}"),
        ("you must .. {give}", ".. you must", "must begin with a word or a list"),
        ("you must .. {give}", "you? must", "must begin with a word or a list"),
        ("you must .. {give}", "!you must", "must begin with a word or a list"),
        ("you must .. {give}", "", "must begin with a word or a list"),
        ("phrases =", "phrase =", "unknown entry 'phrase'"),
    ],
)
def test_a_mistake_in_the_word_file_is_named(old, new, says):
    with pytest.raises(ValueError, match=r"^reason\.pressure: ") as wrong:
        words.parse(tomllib.loads(SMALL.replace(old, new)))
    assert says in str(wrong.value)
