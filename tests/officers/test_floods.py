"""Whoever asks for the ways to a provider too often waits; nobody else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from goodfences.agencies.models import Agency
from goodfences.source import SeededSource
from goodfences.web import floods

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "192.0.2.7", "192.0.2.8"


def asked(name: str, peer: str = HERE) -> int:
    """What a request is answered; a page of an agency without a provider, where nothing but the count is done."""
    way = reverse(name, args=["northgate-police"])
    client = Client(REMOTE_ADDR=peer)
    return (client.post if name == "portal:provider_saml" else client.get)(way).status_code


@pytest.mark.parametrize("name", ["provider_go", "provider_back", "provider_saml", "provider_done"])
def test_one_address_waits_a_minute_and_no_other(
    name: str, northgate: Agency, clock: SeededSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floods, "A_MINUTE", 3)
    way = f"portal:{name}"
    assert [asked(way) for _ in range(4)] == [404, 404, 404, 429]
    assert asked(way, ELSEWHERE) == 404
    assert asked("portal:provider_metadata") == 200  # not a way in
    clock.advance(timedelta(minutes=1))
    assert asked(way) == 404


def test_they_are_counted_together_and_it_says_when_to_come_again(
    northgate: Agency, clock: SeededSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floods, "A_MINUTE", 2)
    clock.advance(timedelta(seconds=45))
    assert (asked("portal:provider_go"), asked("portal:provider_saml")) == (404, 404)
    answer = Client(REMOTE_ADDR=HERE).get(reverse("portal:provider_back", args=["harbor-sheriff"]))
    assert (answer.status_code, answer["Retry-After"]) == (429, "15")
