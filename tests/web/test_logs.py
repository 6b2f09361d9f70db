"""The log names routes, and no token, address or row."""

from __future__ import annotations

import logging

import pytest
from django.db import IntegrityError
from django.test import Client

from goodfences.mail import links
from goodfences.people.models import Account

TOKEN = "c2VjcmV0:1vXyZ:token"


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def text(caplog: pytest.LogCaptureFixture) -> str:
    """What a handler writes of it all."""
    return "\n".join(logging.Formatter().format(record) for record in caplog.records)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "address", "said"),
    [
        ("get", f"/e/{TOKEN}/", "Not Found: /e/<str:token>/"),
        ("get", f"/nowhere/{TOKEN}/", "Not Found: no address of ours"),
        ("post", "/accounts/login/", "Forbidden"),
    ],
)
def test_an_address_is_told_by_its_route(
    client: Client, caplog: pytest.LogCaptureFixture, method: str, address: str, said: str
) -> None:
    getattr(client, method)(address)
    assert said in text(caplog)
    assert TOKEN not in text(caplog)


@pytest.mark.django_db
def test_a_failure_is_told_by_its_place_and_type(
    client: Client, olive: Account, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise IntegrityError(f"Key (email)=({olive.email}) already exists.")

    monkeypatch.setattr(links, "read", fail)
    assert client.get(f"/e/{TOKEN}/").status_code == 500
    said = text(caplog)
    assert "Internal Server Error: /e/<str:token>/" in said and "IntegrityError" in said and "in fail" in said
    assert olive.email not in said and TOKEN not in said
