"""Signed links of a single purpose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from goodfences.errors import NotFound
from goodfences.mail import links
from goodfences.source import SeededSource


def test_a_link_gives_back_its_payload() -> None:
    token = links.sign("ask.decline", "abc-_.~9")
    assert links.read("ask.decline", token) == "abc-_.~9"


def test_a_link_serves_one_purpose() -> None:
    with pytest.raises(NotFound):
        links.read("ask.look", links.sign("ask.decline", "abc"))


def test_a_changed_link_is_nothing() -> None:
    token = links.sign("ask.decline", "abc")
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(NotFound):
            links.read("ask.decline", changed)


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "abc", "é.1.x", "\x00"])
def test_rubbish_is_nothing(token: str) -> None:
    with pytest.raises(NotFound):
        links.read("ask.decline", token)


def test_a_link_ends(clock: SeededSource) -> None:
    token = links.sign("ask.look", "abc")
    clock.advance(timedelta(days=7))
    assert links.read("ask.look", token, timedelta(days=7)) == "abc"
    clock.advance(timedelta(seconds=1))
    with pytest.raises(NotFound):
        links.read("ask.look", token, timedelta(days=7))
    assert links.read("ask.look", token) == "abc"


@pytest.mark.parametrize("payload", ["", "a b", "a/b", "a:b", "ñ", "a\n", "a" * 201])
def test_a_payload_that_an_address_cannot_hold_is_refused(payload: str) -> None:
    with pytest.raises(ValueError, match="payload"):
        links.sign("ask.look", payload)


def test_a_link_outlives_the_secret_that_signed_it_for_as_long_as_that_is_kept(settings: Any) -> None:
    token = links.sign("ask.decline", "abc")
    settings.SECRET_KEY, settings.SECRETS_BEFORE = "a new one", [settings.SECRET_KEY]
    assert links.read("ask.decline", token) == "abc"
    settings.SECRETS_BEFORE = []
    with pytest.raises(NotFound):
        links.read("ask.decline", token)
