"""The log names routes, and no token, address or row."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import IntegrityError
from django.test import Client

from goodfences.logs import JsonLine, Line
from goodfences.mail import links
from goodfences.mail.models import OutboxMessage
from goodfences.people.models import Account
from goodfences.web.logs import RouteAlone
from goodfences.worker import Duty, Worker
from tests.persons import OLIVES_TOKEN
from tests.web.everything import Everything

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


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """All that is logged, however fine, as the settings write it."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonLine())
    ours, root = RouteAlone(), logging.getLogger()
    requests = [logging.getLogger(name) for name in ("django.request", "django.security.csrf")]
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for logger in requests:
        logger.addFilter(ours)
    yield out
    root.removeHandler(handler)
    root.setLevel(before)
    for logger in requests:
        logger.removeFilter(ours)


PERSONAL = {"email", "to", "note", "case_number", "name", "cell", "label", "body", "text", "digest", "ref"}
PUBLIC = {"agencies.Agency", "alerts.Source", "contenttypes.ContentType", "auth.Permission", "sessions.Session"}


def planted() -> set[str]:
    """What rows say of persons, homes and cases; of numbers, cells alone."""
    found: set[str] = set()
    for model in apps.get_models():
        if model._meta.label in PUBLIC or model._meta.app_label in ("contenttypes", "auth"):
            continue
        for field in model._meta.concrete_fields:
            if field.name in PERSONAL:
                found |= {str(value) for value in model._default_manager.values_list(field.name, flat=True)}
    return {value for value in found if len(value) > 6}


def test_nothing_of_anybody_is_in_the_log(written: io.StringIO, everything: Everything, client: Client) -> None:
    olive, token = everything.persons["olive"], everything.link[1]
    for address in (f"/e/{TOKEN}/", f"/l/{token}x/", f"/nowhere/{olive.email}/", "/api/v1/asks"):
        client.get(address, headers={"authorization": f"Bearer {OLIVES_TOKEN}"})
    client.post("/accounts/login/", {"login": olive.email, "password": "not-her-password"})

    def broken(_limit: int) -> int:
        raise IntegrityError(f"Key (email)=({olive.email}) already exists.")

    Worker()._once(Duty("broken", "", limit=1), broken)
    logging.getLogger("somebody.else").warning("could not send to %s", olive.email)
    try:
        broken(1)
    except IntegrityError:
        logging.getLogger("goodfences").exception("An act failed.")
    assert OutboxMessage.objects.exists()
    said = written.getvalue()
    lines = [json.loads(line) for line in said.splitlines()]
    assert {"at", "level", "logger", "message"} <= set(lines[0])
    assert any("IntegrityError" in line.get("raised", "") for line in lines)
    assert any(line["message"] == "could not send to (address)" for line in lines)
    assert any("/e/<str:token>/" in line["message"] for line in lines)
    wanted = planted() | {TOKEN, token, OLIVES_TOKEN, "not-her-password"}
    assert olive.email in wanted
    assert sorted(value for value in wanted if value in said) == []


def test_lines_for_people_hold_no_more() -> None:
    try:
        raise ValueError("olive@example.org")
    except ValueError:
        record = logging.getLogger().makeRecord(
            "a", logging.ERROR, "", 1, "of %s", ("o%40example.org",), sys.exc_info()
        )
    text = Line("{levelname} {message}", style="{").format(record)
    assert text.startswith("ERROR of (address)") and text.endswith("ValueError") and "olive" not in text
