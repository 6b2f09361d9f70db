"""The operator's metrics: sums over everybody, and nothing of anybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

import goodfences
from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.clips.models import Clip
from goodfences.health import actions, tasks
from goodfences.people.models import Account
from goodfences.vault import backed_up
from goodfences.vault.models import Scrub
from tests.health.words import lost, told, well
from tests.web.everything import Everything
from tests.web.resident.test_today import make_clip

ClientOf = Callable[[Account], Client]


@pytest.fixture(autouse=True)
def state(settings: Any, tmp_path: Path) -> None:
    settings.STATE = tmp_path
    settings.METRICS_TOKEN = "the operators token"


def read(client: Client, **headers: str) -> dict[tuple[str, str], float]:
    """By name and state, or kind, as Prometheus' own parser reads them."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert "no-store" in answer.headers["Cache-Control"]
    return {
        (sample.name, sample.labels.get("state") or sample.labels.get("kind", "")): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_the_token_of_the_operator_reads_them(client: Client, db: None) -> None:
    found = read(client, authorization="Bearer the operators token")
    assert found["goodfences_info", ""] == 1
    assert found["goodfences_disk_free_bytes", ""] > 0
    assert found["goodfences_ledger_signed_entries", ""] == 0
    assert ("goodfences_worker_seen_timestamp_seconds", "") not in found


def test_they_say_what_reading_the_store_back_found(client: Client, db: None) -> None:
    ended = source.now()
    Scrub.objects.create(ended_at=ended, read=7, missing=1, broken=2, orphans=3)
    Scrub.objects.create(read=1)  # under way
    found = read(client, authorization="Bearer the operators token")
    assert found["goodfences_scrub_ended_timestamp_seconds", ""] == pytest.approx(ended.timestamp())
    assert found["goodfences_scrub_read_files", ""] == 7
    wrong = {state: count for (name, state), count in found.items() if name == "goodfences_scrub_files"}
    assert wrong == {"missing": 1, "broken": 2, "orphan": 3}


def test_they_say_when_the_instance_was_backed_up(client: Client, db: None, clock: source.SeededSource) -> None:
    assert not [name for name, _kind in read(client, authorization="Bearer the operators token") if "backup" in name]
    backed_up.made(backed_up.WHOLE)
    made = source.now().timestamp()
    clock.advance(timedelta(hours=1))
    backed_up.failed(backed_up.RECENT, OSError())
    found = read(client, authorization="Bearer the operators token")
    told = {(name, kind): value for (name, kind), value in found.items() if "backup" in name}
    assert told == {
        ("goodfences_backup_made_timestamp_seconds", "whole"): made,
        ("goodfences_backup_failed_timestamp_seconds", "recent"): made + 3600,
    }


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic the operators token", "the operators token"]
)
def test_no_other_token_does(client: Client, db: None, header: str) -> None:
    assert client.get("/metrics", headers={"authorization": header}).status_code == 404


def test_without_a_token_in_the_settings_none_is_right(client: Client, db: None, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for header in ("Bearer ", "Bearer", "bearer  "):
        assert client.get("/metrics", headers={"authorization": header}).status_code == 404


def test_they_say_how_the_instance_does(
    otto: Account,
    client_of: ClientOf,
    olives_device: Device,
    street_camera: Camera,
    door_camera: Camera,
    strangers_device: Device,
    strangers_camera: Camera,
    clock: source.SeededSource,
) -> None:
    actions.keep(device=strangers_device, told=told(well(strangers_camera)))
    clock.advance(timedelta(minutes=5))
    actions.keep(device=olives_device, told=told(well(street_camera), lost(door_camera)))
    make_clip(street_camera, checked_at=None, state=Clip.State.STORED)
    tasks.run_due(10)
    found = read(client_of(otto))
    assert (found["goodfences_hubs", "heard"], found["goodfences_hubs", "silent"]) == (1, 1)
    assert found["goodfences_cameras_lost", ""] == 1
    assert found["goodfences_clips_to_check", ""] == 1
    assert found["goodfences_mail_messages", "waiting"] == 1
    assert found["goodfences_mail_oldest_due_timestamp_seconds", ""] == source.now().timestamp()


def test_nothing_of_any_home_agency_or_request_is_in_them(everything: Everything, client_of: ClientOf) -> None:
    text = client_of(everything.persons["otto"]).get("/metrics").content.decode()
    for model in apps.get_models():
        names = {field.name for field in model._meta.concrete_fields} & {
            "ref",
            "name",
            "email",
            "slug",
            "case_number",
        }
        for name in names:
            for value in model._default_manager.values_list(name, flat=True):
                assert not (value and f'"{value}"' in text), f"{model._meta.label}.{name}"
    labels = {
        label: value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        for label, value in sample.labels.items()
    }
    assert set(labels) == {"state", "version"}
    assert labels["version"] == goodfences.__version__
    assert "ask" not in text and "share" not in text and "request" not in text
