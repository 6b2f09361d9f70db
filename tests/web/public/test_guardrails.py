"""The page of the rules: all of them in both languages, and a sentence that is tried and not kept."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from goodfences import guardrails

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_rule_stands_there_with_its_reason_and_examples(client: Client, language: str) -> None:
    page = client.get("/guardrails/", headers={"accept-language": language}).content.decode()
    text = re.sub(r"&#x27;|&#39;", "'", page).replace("&quot;", '"')
    for rule in guardrails.in_force().rules:
        said = rule.in_language(language)
        assert f'id="{rule.name}"' in text
        for words in (said.title, said.why, said.mend, *said.stops, *said.passes):
            assert words in text, (rule.name, words)
    assert guardrails.in_force().hash in text


def test_a_sentence_is_tried_and_its_words_are_marked(client: Client) -> None:
    answer = client.post("/guardrails/", {"text": "<b>Kevin Brandt</b> broke my fence, call 555-201-7788"})
    page = answer.content.decode()
    assert "<mark>Kevin Brandt</mark>" in page and "<mark>555-201-7788</mark>" in page
    assert "&lt;b&gt;" in page and "<b>Kevin" not in page
    assert "2 things stop it" in page


def test_a_fine_sentence_passes(client: Client) -> None:
    page = client.post("/guardrails/", {"text": "Two packages were stolen from our lobby today."}).content.decode()
    assert "No rule stops it." in page


def test_a_long_text_is_read_as_far_as_the_box_goes(client: Client) -> None:
    assert client.post("/guardrails/", {"text": "a man " * 5000}).status_code == 200


def test_the_rules_are_data_that_anyone_can_hash(client: Client) -> None:
    data = json.loads(client.get("/guardrails.json").content)
    assert data["hash"] == guardrails.in_force().hash
    assert set(data["rules.toml"]["rules"]) == {rule.name for rule in guardrails.in_force().rules}
    assert "steal" in data["words.en.toml"]["verbs"] and "robar" in data["words.es.toml"]["verbs"]
