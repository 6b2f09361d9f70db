"""Words to begin a reason with keep every rule once they are filled in, and none before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from goodfences.policy import Context, check, in_force
from goodfences.video_requests.reasons import LANGUAGES, Beginning, beginning, beginnings
from tests.policy.drafts import GOOD, NOW

TYPES = sorted(in_force().incident_types)
ALL = [one for incident_type in TYPES for one in beginnings(incident_type)]


def broken(text: str, incident_type: str) -> set[str]:
    draft = replace(GOOD, reason=text, incident_type=incident_type)
    return {problem.rule for problem in check(draft, Context(now=NOW), in_force())}


@pytest.mark.parametrize("incident_type", TYPES)
def test_each_type_of_incident_has_words_in_each_language(incident_type: str) -> None:
    assert {one.language for one in beginnings(incident_type)} == set(LANGUAGES)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.key)
def test_filled_in_they_keep_every_rule_and_with_a_bracket_left_they_break_that_one(one: Beginning) -> None:
    incident_type = one.key.split(".")[0]
    assert broken(one.example, incident_type) == set()
    assert broken(one.text, incident_type) == {"reason.filled"}
    half = one.text.replace("[", "", 1).replace("]", "", 1)
    assert broken(half, incident_type) == {"reason.filled"}
    assert beginning(one.key) == one


def test_a_type_that_nobody_wrote_words_for_has_none() -> None:
    assert beginnings("parade") == []
    assert beginning("parade.0.en") is None
