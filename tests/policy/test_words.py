from __future__ import annotations

import hashlib
import tomllib

import pytest

from goodfences.policy import in_force as policy_in_force
from goodfences.policy import words
from goodfences.policy.model import TEXT_RULES
from goodfences.reading import shared
from goodfences.reading.shared import Shared

SMALL = """
[lists]
give = "share, hand over"
[rules."reason.pressure"]
phrases = ["you must .. {give}"]
"""
COMMON = Shared(lists={"streets": "road"}, looks_like={"а": "a"})


def test_the_word_file_is_part_of_the_policy_that_is_published():
    digest = hashlib.sha256(words.FILE.read_bytes() + shared.FILE.read_bytes()).hexdigest()
    assert policy_in_force().data["text_rules_sha256"] == digest


def test_every_rule_of_the_word_file_is_one_of_the_policy():
    assert set(words.in_force().patterns) == set(TEXT_RULES) - {"reason.race", "reason.victim"} | {"urgent.danger"}


def test_a_small_word_file_is_read():
    found = words.parse(tomllib.loads(SMALL), COMMON)
    assert {"you", "must", "share", "hand", "over", "road"} <= found.known
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
        words.parse(tomllib.loads(SMALL.replace(old, new)), COMMON)
    assert says in str(wrong.value)
