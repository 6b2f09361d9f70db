from __future__ import annotations

import copy
import tomllib

import pytest

from goodfences.guardrails import in_force, lexicon
from goodfences.guardrails.forms import english, spanish
from goodfences.guardrails.model import FILE, NAMES, parse

RAW = tomllib.loads(FILE.read_text())


def test_every_rule_has_its_words_in_both_languages():
    assert tuple(rule.name for rule in in_force().rules) == NAMES
    for rule in in_force().rules:
        assert set(rule.said) == {"en", "es"}


def test_any_change_changes_the_hash():
    changed = copy.deepcopy(RAW)
    changed["rules"]["person.act"]["en"]["why"] += " "
    before = parse(RAW, "words").hash
    assert parse(changed, "words").hash != before
    assert parse(RAW, "other words").hash != before
    assert in_force().hash == parse(RAW, lexicon.sha256()).hash


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda raw: raw["rules"].pop("person.act"), "rule 'person.act' is missing"),
        (lambda raw: raw["rules"].update(more={}), "rule 'more' is unknown"),
        (lambda raw: raw["rules"]["person.act"].update(severity="hide"), "no severity 'hide'"),
        (lambda raw: raw["rules"]["person.act"].pop("cut"), "needs exactly"),
        (lambda raw: raw["rules"]["person.act"]["es"].update(why=""), "in es"),
        (lambda raw: raw["acts"]["took"].pop("es"), "act 'took'"),
    ],
)
def test_a_mistake_in_the_file_is_named(change, says):
    raw = copy.deepcopy(RAW)
    change(raw)
    with pytest.raises(ValueError, match=says):
        parse(raw, "words")


@pytest.mark.parametrize("file", lexicon.files(), ids=lambda file: file.name)
def test_every_entry_is_written_as_it_is_compared(file):
    raw = tomllib.loads(file.read_text())
    for name, text in {**raw["lists"], **raw["features"]}.items():
        assert text == text.lower(), name
        assert text.isascii(), name
        assert "-" not in text, name


def test_a_mistake_in_a_phrase_is_named():
    raw = {
        "lists": {
            "origin_many": "",
            "origin_more": "",
            "origin_colors": "",
            "origin_colors_many": "",
            "slurs_of_origin": "",
        }
    }
    with pytest.raises(ValueError, match=r"acts: .*names no list"):
        lexicon.parse("en", {**raw, "verbs": {}, "features": {"had": "with"}, "phrases": {"acts": ["take {gone}"]}})


def test_english_verbs_take_their_forms():
    assert {"stop", "stops", "stopped", "stopping"} <= english("stop")
    assert {"smash", "smashes", "smashed", "smashing"} <= english("smash")
    assert {"pry", "pries", "pried", "prying"} <= english("pry")
    assert {"steal", "stole", "stolen", "stealing"} <= english("steal", ("stole", "stolen"))
    assert "stealed" not in english("steal", ("stole", "stolen"))


def test_spanish_verbs_take_their_forms():
    assert {"robo", "robaron", "robando", "robarme", "robandole", "roban"} <= spanish("robar")
    assert {"prueba", "probo", "pruebe", "probando"} <= spanish("probar", "prueb")
    assert {"forcen", "fuercen"} <= spanish("forzar", "fuerz") | spanish("forzar")
    assert {"rompio", "roto", "rompiendo"} <= spanish("romper", forms=["roto"])
