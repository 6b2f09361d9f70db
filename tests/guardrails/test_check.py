"""What each guardrail stops and lets pass, where, and that no way of writing gets around it."""

from __future__ import annotations

import time
import unicodedata

import pytest

from goodfences.bench.labeled_posts import LANGUAGES, TUNING, groups
from goodfences.guardrails import Facts, check, in_force


def stops(text: str, *, kind: str = "crime", language: str = "en", facts: Facts | None = None) -> dict[str, str]:
    return {stop.rule: text[stop.start : stop.end] for stop in check(text, kind=kind, language=language, facts=facts)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_labeled_posts_that_taught_the_rules_are_judged_as_a_person_does(language):
    for group in groups(language):
        if group.half == TUNING:
            for text in group.texts:
                assert set(stops(text, kind=group.kind, language=language)) == group.breaks, text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", in_force().rules, ids=lambda rule: rule.name)
def test_the_published_examples_are_what_the_rule_does(rule, language):
    said = rule.in_language(language)
    for text in said.stops:
        assert rule.name in stops(text, language=language), text
    for text in said.passes:
        assert not stops(text, language=language), text


@pytest.mark.parametrize(
    "text, rule, words",
    [
        ("There's a Black man walking on Elm.", "person.origin", "Black man"),
        ("He broke my fence. His name is Kevin Brandt.", "person.named", "name is Kevin Brandt"),
        ("The dog came out of 1427 Larkspur Lane.", "place.address", "1427 Larkspur Lane"),
        ("Silver Camry, license plate 7KDL 392, hit my truck.", "contact.plate", "7KDL 392"),
        ("Found a wallet, text me (555) 201-7788", "contact.phone", "(555) 201-7788"),
        ("Found a ring: dana.reeve (at) example (dot) org", "contact.email", "dana.reeve (at) example (dot) org"),
        ("He eggs houses and is @egg_king7 there.", "contact.handle", "@egg_king7"),
        ("Lowlife scum stole the donation box.", "words.slur", "scum"),
        ("The thief called from ５５５-２０１-７７８８ today.", "contact.phone", "５５５-２０１-７７８８"),
    ],
)
def test_a_stop_says_where_so_that_it_can_be_cut(text, rule, words):
    assert words in stops(text)[rule]


@pytest.mark.parametrize(
    "text, is_one",
    [
        ("Look at www.example.com for the plan.", False),
        ("The plan is at example.com now.", False),
        ("Write to dana at example dot com.", True),
        ("Write to dana7 at example.com.", True),
        ("Write to dana[at]example.com.", True),
    ],
)
def test_a_page_is_no_address_to_write_to(text, is_one):
    assert ("contact.email" in stops(text)) == is_one


def test_what_is_cut_out_leaves_a_post_that_passes():
    text = "Silver Camry, license plate 7KDL392, hit the parked truck and left, call 555-201-7788."
    found = check(text, kind="crime", language="en")
    assert found and all(stop.cut for stop in found)
    for stop in reversed(found):
        text = text[: stop.start] + text[stop.end :]
    assert not stops(text)


def full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(" ", "   "),
        lambda text: text.replace(" ", "\u00a0"),
        lambda text: "\u200b".join(text),
        lambda text: "\u2060".join(text),
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: text.replace("a", "а").replace("o", "о"),
        full_width,
        lambda text: f"\n{text}\n",
    ],
    ids=["spaces", "hard spaces", "zero width", "joiners", "decomposed", "look-alikes", "full width", "lines"],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_way_of_writing_hides_who_is_described(change, language):
    for group in groups(language):
        if group.half == TUNING and group.breaks & {"person.origin", "words.slur"}:
            text = group.texts[0]
            assert set(stops(change(text), kind=group.kind, language=language)) >= group.breaks & {
                "person.origin",
                "words.slur",
            }, text


def test_a_question_becomes_a_review_once_it_was_answered_after_the_cool_off():
    text = "Suspicious van parked on Holly since this morning."
    minutes = in_force().cool_off_minutes

    def severity(facts: Facts) -> str:
        (found,) = check(text, kind="crime", language="en", facts=facts)
        return found.severity

    yes = frozenset({"person.suspicion"})
    assert severity(Facts()) == "ask"
    assert severity(Facts(confirmed=yes)) == "ask"
    assert severity(Facts(confirmed=yes, waited_minutes=minutes - 0.1)) == "ask"
    assert severity(Facts(waited_minutes=minutes)) == "ask"
    assert severity(Facts(confirmed=yes, waited_minutes=minutes)) == "review"


def test_an_act_that_was_chosen_but_that_no_rule_knows_is_read_by_a_reviewer():
    text = "A man in a blue cap juggled the neighbor's gnomes until one was in two parts."
    assert [(stop.rule, stop.severity) for stop in check(text, kind="crime", language="en")] == [
        ("person.act", "stop")
    ]
    chosen = check(text, kind="crime", language="en", facts=Facts(act="damaged"))
    assert [(stop.rule, stop.severity) for stop in chosen] == [("person.act", "review")]
    unknown = check(text, kind="crime", language="en", facts=Facts(act="looked strange"))
    assert [stop.severity for stop in unknown] == ["stop"]


def test_no_answer_takes_back_a_stop_for_origin_or_a_name():
    text = "A Black man is walking on Elm, his name is Kevin Brandt."
    facts = Facts(act="took", confirmed=frozenset({"person.origin", "person.named"}), waited_minutes=60)
    found = {stop.rule: stop.severity for stop in check(text, kind="crime", language="en", facts=facts)}
    assert found["person.origin"] == found["person.named"] == "stop"


def test_a_text_is_read_in_the_language_that_it_is_written_in():
    text = "Hay un hombre negro caminando muy despacio por la calle"
    assert "person.origin" in stops(text, language="en")
    assert "person.origin" in stops("There is a Black man walking on the street with his dog", language="es")


def test_why_and_how_to_mend_are_said_in_the_readers_language():
    (english,) = check("Call 555-201-7788 if it is yours.", kind="lost_found", language="en")
    (spanish,) = check("Llamen al 555-201-7788 si es suyo.", kind="lost_found", language="es-MX")
    rule = in_force().rule("contact.phone")
    assert (english.why, english.mend) == (rule.said["en"].why, rule.said["en"].mend)
    assert (spanish.why, spanish.mend) == (rule.said["es"].why, rule.said["es"].mend)


@pytest.mark.parametrize(
    "text",
    ["", " ", "a", "@", "#", "...", "\u200b", "🙂", "1", "a" * 4000, "a man " * 700, "5 " * 2000, "@a." * 1300],
)
def test_any_text_is_judged_and_none_takes_long(text):
    check("warm", kind="crime", language="en")
    began = time.perf_counter()
    check(text, kind="crime", language="en")
    assert time.perf_counter() - began < 2
