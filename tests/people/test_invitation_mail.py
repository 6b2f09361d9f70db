"""The email of an invitation, in both languages, text and HTML word for word."""

from __future__ import annotations

import re

import pytest
from django.template.loader import render_to_string
from django.utils.html import strip_tags

from goodfences import source

CONTEXT = {
    "inviter": "Olive <b>",
    "household": "Oak house",
    "link": "https://fences.example/household/join/abc/",
    "instance_name": "Goodfences",
    "expires_at": source.now(),
    "language": "en",
    "subject": "",
}


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_letter_says_who_invites_and_what_it_means(language: str) -> None:
    text = render_to_string(f"mail/household_invitation.{language}.txt", CONTEXT)
    assert CONTEXT["link"] in text and "Oak house" in text
    assert render_to_string(f"mail/household_invitation.{language}.subject.txt", CONTEXT).count("\n") <= 1


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("household", ["Oak house", ""])
def test_both_forms_say_the_same(language: str, household: str) -> None:
    context = {**CONTEXT, "inviter": "Olive", "household": household}
    text = render_to_string(f"mail/household_invitation.{language}.txt", context)
    html = render_to_string(f"mail/household_invitation.{language}.html", context)
    body = html.split("<body", 1)[1].split(">", 1)[1]
    assert words(strip_tags(body)) == words(text.replace(context["link"], ""))
