"""The labeled reasons that lie beside `goodfences bench guardrail`: the rules keep to them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodfences.bench.guardrail import labeled, score
from goodfences.policy.model import TEXT_RULES
from goodfences.policy.text import findings, readable_length

OPEN, HELD = labeled("open"), labeled("held")
EVERY = OPEN + HELD
INVISIBLE = ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202e", "\u180e", "\u3164"]
ACCENTS = ["\u0301", "\u0308", "\u0323", "\u0336", "\u20dd"]


def broken(text: str) -> set[str]:
    return {finding.rule for finding in findings(text)}


@pytest.mark.parametrize("reason", OPEN, ids=lambda reason: reason.text[:50])
def test_an_open_reason_is_judged_as_a_person_does(reason):
    found = {finding.rule: finding.words for finding in findings(reason.text)}
    assert set(found) == reason.breaks, f"“{reason.text}” should break {sorted(reason.breaks)}; found {found}"


@pytest.mark.parametrize("rule", TEXT_RULES)
def test_held_back_reasons_are_judged_well_enough(rule):
    found = score(broken, HELD, [rule])
    assert found.precision >= 0.75, f"{rule} raises {found.false_alarms} false alarms beside {found.right} right ones"
    assert found.recall >= 0.75, f"{rule} misses {found.missed} of {found.right + found.missed}"


def test_there_are_enough_reasons_of_every_kind():
    assert len(EVERY) >= 150
    assert len({reason.text for reason in EVERY}) == len(EVERY)
    for part in (OPEN, HELD):
        assert sum(not reason.breaks for reason in part) >= 40
        for rule in TEXT_RULES:
            assert sum(rule in reason.breaks for reason in part) >= 6, rule


def test_every_label_is_a_rule_and_every_reason_one_that_the_form_takes():
    for reason in EVERY:
        assert reason.breaks <= set(TEXT_RULES)
        assert 40 <= readable_length(reason.text) <= len(reason.text) <= 2000


def full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        str.lower,
        str.title,
        str.swapcase,
        full_width,
        lambda text: text.replace(" ", "   "),
        lambda text: text.replace(" ", "\u00a0"),
        lambda text: f"\n {text} \n",
        lambda text: text.replace(" ", "\n"),
        lambda text: "\u200b".join(text),
        lambda text: "".join(char + "\u0301" * char.isalpha() for char in text),
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: text.replace("'", "’"),
    ],
    ids=["upper", "lower", "title", "swapped", "full width", "spaces", "hard spaces", "around", "lines", "zero width",
         "accents", "decomposed", "quotes"],
)  # fmt: skip
def test_an_innocent_change_of_all_of_it_changes_no_verdict(change):
    for reason in EVERY:
        assert broken(change(reason.text)) == broken(reason.text), reason.text


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_innocent_changes_anywhere_change_no_verdict(data):
    text = data.draw(st.sampled_from(EVERY)).text
    changed = list(text)
    for place in data.draw(st.lists(st.integers(0, len(text) - 1), max_size=30)):
        char = changed[place]
        if char.isspace():
            changed[place] = data.draw(st.sampled_from(["  ", "\t", "\r\n", " \u2003 ", "\u2028"]))
        else:
            changes = [char.upper(), char.lower(), char + data.draw(st.sampled_from(INVISIBLE))]
            changes += [char + data.draw(st.sampled_from(ACCENTS))] if char.isalpha() else []
            changed[place] = data.draw(st.sampled_from(changes))
    assert broken("".join(changed)) == broken(text), "".join(changed)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_at_all_can_be_read_and_is_quoted_exactly(text):
    for finding in findings(text):
        assert finding.rule in TEXT_RULES
        assert finding.words
        assert finding.words in text


def test_findings_come_once_a_rule_in_the_order_of_the_policy_and_quote_the_text():
    for reason in EVERY:
        found = findings(reason.text)
        assert [finding.rule for finding in found] == [rule for rule in TEXT_RULES if rule in broken(reason.text)]
        assert all(finding.words in reason.text for finding in found)
