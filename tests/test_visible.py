"""What others read can be seen, all of it, in the direction that it is written."""

from __future__ import annotations

import pytest

from goodfences.visible import hidden_problems

HIDDEN = {
    "right-to-left override": "\u202eelam kcalb\u202c A person ran",
    "isolate": "a \u2066man\u2069",
    "right-to-left mark": "a man\u200f",
    "zero-width space": "b\u200black",
    "zero-width joiner within a word": "b\u200dlack",
    "joiner after nothing": "\u200dblack",
    "word joiner": "b\u2060lack",
    "byte order mark": "\ufeffblack",
    "soft hyphen": "bl\u00adack",
    "tag letters": "fine\U000e0062\U000e006c",
    "a variation of nothing": "black \ufe0f",
    "two variations": "❤\ufe0f\ufe0f",
    "a variation of a hidden character": "❤\u2060\ufe0f",
    "a rare variation selector": "black\U000e0101",
    "a text variation selector": "black\ufe01",
    "hangul filler": "\u3164",
    "empty braille": "\u2800",
    "grapheme joiner": "b\u034flack",
    "bell": "a\x07",
    "escape": "\x1b[31m",
    "delete": "a\x7f",
    "next line": "a\x85b",
    "NUL": "a\x00",
    "line separator": "a\u2028b",
    "paragraph separator": "a\u2029b",
    "private use": "\ue000",
    "half a character": "\ud800",
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN.keys())
@pytest.mark.parametrize("lines", [False, True])
def test_it_refuses_what_nobody_sees(text: str, lines: bool) -> None:
    (problem,) = hidden_problems(text, "reason", lines=lines)
    assert (problem.rule, problem.field) == ("text.visible", "reason")
    assert problem.value.startswith("U+")
    assert problem.value in problem.message


def test_it_names_the_character_and_where_it_stands_without_showing_it() -> None:
    (problem,) = hidden_problems("A person\u202e ran", "reason")
    assert problem.value == "U+202E right-to-left override"
    assert "“A person”" in problem.message
    assert "\u202e" not in problem.message


@pytest.mark.parametrize(
    "text",
    [
        "A person ran along Mill Street at 9 p.m.",
        "José Núñez, Ærø: “o’clock” – 5′8″ …",
        "Jose\u0301",
        "Ждём. 東京 \u05e9\u05dc\u05d5\u05dd \u0633\u0644\u0627\u0645",
        "می\u200cخواهم",
        "क्\u200dष",
        "❤\ufe0f 👩\u200d🚒 👍🏽 🏳\ufe0f\u200d🌈 1\ufe0f\u20e3",
        "a\u00a0b",
        "",
    ],
)
def test_it_lets_every_script_and_picture_be(text: str) -> None:
    assert hidden_problems(text, "reason") == []


def test_lines_and_tabs_are_for_texts_of_several_lines() -> None:
    assert hidden_problems("one\r\n\ttwo\n", "reason", lines=True) == []
    for text in ("one\ntwo", "one\rtwo", "one\ttwo"):
        assert [problem.rule for problem in hidden_problems(text, "contact")] == ["text.visible"]
