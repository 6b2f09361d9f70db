"""Run as a program in an instance's environment: rows of an earlier version, brought forward to this one, looked at.

    python -m tests.migrations.forward FILE

FILE holds each table's rows as the earlier version wrote them, and the migrations that it was at.
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor

Tables = dict[str, dict[str, list[Any]]]


def main(file: str) -> None:
    django.setup()
    kept = json.loads(Path(file).read_text())
    leaves = dict(kept["leaves"])
    MigrationExecutor(connection).migrate(list(leaves.items()))
    _load(kept["tables"])
    if "appeals" not in leaves:
        _add_a_hand_in()
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    _look_at_all(kept["tables"])
    for (room, migration), look in WORKED_OUT.items():
        if leaves.get(room, "") < migration:
            look()
    _look_at_pages()


@transaction.atomic
def _load(tables: Tables) -> None:
    with connection.cursor() as cursor:
        for name, table in tables.items():
            columns = ", ".join(f'"{column}"' for column in table["columns"])
            places = ", ".join(["%s"] * len(table["columns"]))
            rows = [[_value(value) for value in row] for row in table["rows"]]
            cursor.executemany(f'INSERT INTO "{name}" ({columns}) VALUES ({places})', rows)
            if connection.vendor == "postgresql" and "id" in table["columns"]:
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('\"{name}\"', 'id'), (SELECT max(id) FROM \"{name}\"))"
                )


def _value(value: Any) -> Any:
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) and "hex" in value else value


def _add_a_hand_in() -> None:
    """One of the days before there was a time for it; the rows are older than appeals."""
    apps = MigrationExecutor(connection).migrate([("appeals", "0001_initial")]).apps
    agency = apps.get_model("agencies", "Agency").objects.earliest("pk")
    officer = apps.get_model("agencies", "Officer").objects.earliest("pk")
    appeals, hand_ins = (apps.get_model("appeals", name).objects for name in ("Appeal", "HandIn"))
    at = agency.joined_at
    when = {"starts_at": at, "ends_at": at + timedelta(hours=1), "time_zone": "UTC"}
    appeal = appeals.create(agency=agency, writer=officer, state="open", **when)
    hand_ins.create(appeal=appeal, digest="0" * 64, size=1, state="kept", kept_at=at, expires_at=at)


def _look_at_all(tables: Tables) -> None:
    """Each row can be read, points to rows that are there, and none is missing."""
    from django.apps import apps

    assert not MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes())
    connection.check_constraints()
    for model in apps.get_models():
        rows = list(model._base_manager.all())
        kept = len(tables.get(model._meta.db_table, {"rows": []})["rows"])
        assert len(rows) >= kept, f"{model._meta.label}: {len(rows)} rows of {kept}"


def _agreements_are_numbered() -> None:
    from goodfences.agencies.models import Agency, Agreement

    for agency in Agency.objects.all():
        agreements = Agreement.objects.filter(agency=agency).order_by("signed_at", "ledger_index")
        assert [one.version for one in agreements] == list(range(1, len(agreements) + 1))


def _invitations_are_accepted() -> None:
    from goodfences.agencies.models import Officer

    assert Officer.objects.exists() and not Officer.objects.exclude(accepted_at=models.F("created_at")).exists()


def _shared_video_is_kept_a_year() -> None:
    from goodfences.evidence.models import SharedVideo

    kept = [video.keep_until - video.shared_at for video in SharedVideo.objects.all()]
    assert set(kept) == {timedelta(days=365)}


def _hand_ins_are_kept_for_the_agencys_time() -> None:
    from goodfences.appeals.models import HandIn

    for hand_in in HandIn.objects.filter(state="kept").select_related("appeal__agency"):
        assert hand_in.keep_until == hand_in.kept_at + timedelta(days=hand_in.appeal.agency.retention_days)


def _room_is_counted() -> None:
    from goodfences.clips import room
    from goodfences.clips.models import Clip
    from goodfences.people.models import Household

    taken = {home.pk: 0 for home in Household.objects.all()}
    for clip in Clip.objects.filter(state__in=("announced", "stored")).select_related("camera"):
        taken[clip.camera.household_id] += clip.size if clip.checked_at else clip.announced_size
    assert any(taken.values())
    assert {home: room.taken(home) for home in taken} == taken


WORKED_OUT = {
    ("agencies", "0004_joining"): _agreements_are_numbered,
    ("agencies", "0009_invitations"): _invitations_are_accepted,
    ("appeals", "0002_retention"): _hand_ins_are_kept_for_the_agencys_time,
    ("clips", "0002_room"): _room_is_counted,
    ("evidence", "0004_after_the_share"): _shared_video_is_kept_a_year,
}
"""What a migration fills in from what was there, and how one sees that it did."""


def _look_at_pages() -> None:
    """The pages of each kind of person open, and what they say is there."""
    from django.conf import settings
    from django.test import Client
    from django.urls import reverse

    from goodfences.people.models import Account
    from tests.persons import sign_in
    from tests.web.routes import parameters, routes

    settings.ALLOWED_HOSTS = ["testserver"]
    pages = [name for name, pattern in routes() if not parameters(pattern) and not name.startswith("api:")]
    plain = [reverse(name) for name in pages]
    for person in (None, *Account.objects.filter(email__regex="^(olive|omar|aggie|otto)@")):
        client = Client() if person is None else sign_in(Client(), person)
        for address in plain:
            with transaction.atomic():
                answer = client.get(address)
                transaction.set_rollback(True)
            assert answer.status_code < 500, f"{address} answers {answer.status_code}"
    assert "Northgate Police" in Client().get(reverse("public:agencies")).content.decode()


if __name__ == "__main__":
    main(*sys.argv[1:])
