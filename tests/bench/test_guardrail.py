from __future__ import annotations

import pytest

from goodfences.bench.guardrail import LOOKED_UP, Labeled, labeled, score
from goodfences.policy.model import TEXT_RULES
from tests.bench.running import run_bench


@pytest.fixture(scope="module")
def result():
    """The real bench in a process of its own: it sets Django up for itself."""
    return run_bench("guardrail")


def row(result, side, part, rule):
    (found,) = [
        each for each in result["rows"] if (each["side"], each.get("part"), each["rule"]) == (side, part, rule)
    ]
    return found


def test_it_has_a_row_for_each_rule_part_and_side(result):
    for part in ("held", "open"):
        for rule in (*TEXT_RULES, "all"):
            assert row(result, "text rules", part, rule)["texts"] == len(labeled(part))
            assert row(result, "words looked up", part, rule)["recall"] <= 1


def test_the_ratios_are_those_of_what_was_held_back(result):
    posts = [
        each for each in result["rows"] if (each["side"], each.get("part"), each["rule"]) == ("posts", "held", "all")
    ]
    assert {each["language"] for each in posts} == {"en", "es"}
    broken, missed, false = (sum(each[key] for each in posts) for key in ("broken", "missed", "false_alarms"))
    reasons = row(result, "text rules", "held", "all")
    assert result["ratios"] == {
        "precision": pytest.approx((broken - missed) / (broken - missed + false), abs=0.001),
        "recall": pytest.approx((broken - missed) / broken, abs=0.001),
        "paired_difference": 0,
        "reasons_precision": pytest.approx(reasons["precision"], abs=0.001),
        "reasons_recall": pytest.approx(reasons["recall"], abs=0.001),
    }


def test_the_posting_guardrails_are_as_good_as_they_say(result):
    assert result["ratios"]["precision"] >= 0.95
    assert result["ratios"]["recall"] >= 0.9


def test_a_post_is_checked_in_milliseconds(result):
    took = [each for each in result["rows"] if each["side"] == "posts" and each["rule"] == "a post"]
    assert len(took) == 2
    assert all(each["p50_ms"] < 5 for each in took)


def test_the_rules_judge_better_than_a_filter_that_looks_words_up(result):
    for part in ("held", "open"):
        ours, theirs = (row(result, side, part, "all") for side in ("text rules", "words looked up"))
        assert ours["precision"] > theirs["precision"]
        assert ours["recall"] > theirs["recall"]


def test_the_longest_reason_was_timed(result):
    assert row(result, "text rules", None, "2,000 characters")["p50_ms"] > 0


def test_every_text_rule_has_words_to_look_up():
    assert set(LOOKED_UP) == set(TEXT_RULES)


def test_a_score_counts_right_false_and_missed_verdicts():
    reasons = [Labeled("one", frozenset({"a"})), Labeled("two", frozenset({"a", "b"})), Labeled("three", frozenset())]
    found = score(lambda text: {"a"} if text != "two" else {"b"}, reasons, ["a", "b"])
    assert (found.right, found.false_alarms, found.missed) == (2, 1, 1)
    assert (found.precision, found.recall) == (2 / 3, 2 / 3)


def test_a_rule_that_nothing_breaks_and_nobody_claims_is_perfect():
    found = score(lambda text: set(), [Labeled("one", frozenset())], ["a"])
    assert (found.precision, found.recall) == (1.0, 1.0)
