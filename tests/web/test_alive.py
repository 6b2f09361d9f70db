"""`/healthz` and `/readyz` say yes or no, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from goodfences.web import alive

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def fresh(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.BLOBS = str(tmp_path / "blobs")
    monkeypatch.setattr(alive, "_readiness", alive.Readiness())
    monkeypatch.setattr(alive, "_AGAIN_SECONDS", 0.0)


def answers(client: Client, address: str) -> tuple[int, bytes]:
    response = client.get(address)
    assert "no-store" in response.headers["Cache-Control"] and not response.cookies
    return response.status_code, response.content


def test_an_instance_that_is_well(client: Client) -> None:
    assert answers(client, "/healthz") == answers(client, "/readyz") == (200, b"ok\n")
    assert client.post("/readyz").status_code == 405


def test_one_that_is_not_migrated_yet(client: Client) -> None:
    last = MigrationRecorder.Migration.objects.filter(app="people").order_by("-pk")[0]
    last.delete()
    try:
        assert answers(client, "/readyz") == (503, b"not ready\n")
        assert answers(client, "/healthz")[0] == 200
    finally:
        MigrationRecorder.Migration.objects.create(app="people", name=last.name, applied=last.applied)
    assert answers(client, "/readyz")[0] == 200


def test_one_whose_store_is_away(client: Client, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.BLOBS = str(tmp_path / "file" / "blobs")
    assert answers(client, "/readyz") == (503, b"not ready\n")


def test_one_whose_database_is_away(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answers(client, "/readyz")[0] == 200

    def away(*_: object) -> None:
        raise ConnectionError("the database at 10.0.0.7 is away")

    monkeypatch.setattr(connection, "cursor", away)
    assert answers(client, "/readyz") == (503, b"not ready\n")
    assert answers(client, "/healthz")[0] == 200


def test_it_is_looked_at_once_in_a_while(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alive, "_AGAIN_SECONDS", 60.0)
    looks = []
    monkeypatch.setattr(alive.Readiness, "_look", lambda self: looks.append(1) or True)
    assert [answers(client, "/readyz")[0] for _ in range(5)] == [200] * 5
    assert len(looks) == 1


def test_under_a_name_that_is_not_the_instances(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["fences.example"]
    for path in ("/healthz", "/readyz"):
        assert client.get(path, headers={"host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/promises/", headers={"host": "10.0.0.7:8000"}).status_code == 400
