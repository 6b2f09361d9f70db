"""`python -m goodfences.bench.city.filling CAMERAS CLIPS AGENCIES REQUESTS`: a city's rows, in bulk, by COPY and SQL.

Prints JSON: what the crowd has to know. Cameras stand as those of `bench match` do; each has as many clips as the
others, over thirty days, the newest within the last two hours. Each home has an owner and a hub.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from goodfences import places, source
from goodfences.agencies import actions as agencies
from goodfences.agencies.checks import AgencyParticulars, OfficerParticulars
from goodfences.agencies.models import Officer
from goodfences.bench import towns
from goodfences.bench.match import COLUMNS, camera_rows
from goodfences.people.models import Account
from goodfences.vault import keys
from goodfences.video_requests import actions
from goodfences.video_requests.fields import RequestFields
from goodfences.video_requests.publication import publish_policy

ZONE = "America/New_York"
HUBS = 200
NEIGHBORS = 60
DAYS = 30
_FACTS = {"codec": "h264", "width": 1920, "height": 1080, "frames": 150, "duration_ms": 15_000, "has_audio": False}
_TABLES = (
    "people_account",
    "people_household",
    "people_membership",
    "cameras_camera",
    "cameras_device",
    "clips_clip",
    "vault_sealedkey",
)


def fill(cameras: int, clips: int, count: int, requests: int) -> dict[str, Any]:
    call_command("migrate", verbosity=0, interactive=False)
    publish_policy()
    keys.draft_key("clip")  # and the master key with it, which none is made of where there are keys already
    homes = rows(cameras, clips)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
    return {
        "cameras": cameras,
        "clips": max(1, clips // cameras) * cameras,
        "homes": homes,
        "agencies": count,
        "postgresql": version,
        "hubs": _hubs(),
        "requests": _agencies(count, requests, towns.towns(cameras)),
        "neighbors": _neighbors(),
    }


def rows(cameras: int, clips: int) -> int:
    """Cameras, their homes, and clips with their keys, as many of each camera. Returns how many homes there are."""
    with _unhindered():
        _cameras(cameras)
        homes = _homes()
        _clips(cameras, max(1, clips // cameras))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return homes


@contextmanager
def _unhindered() -> Iterator[None]:
    """Without indexes and checks of foreign keys, which are made and valid again afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)"
            " AND indexname NOT IN (SELECT conname FROM pg_constraint)",
            [list(_TABLES)],
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        yield
        for _, definition in indexes:
            cursor.execute(definition)
        for table in _TABLES:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) + 1 FROM {table}))"  # noqa: S608
            )
        cursor.execute("SET session_replication_role = DEFAULT")


def _cameras(cameras: int) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY cameras_camera ({', '.join(COLUMNS)}) FROM STDIN") as copy:
        for row in camera_rows(cameras):
            copy.write_row(row[: len(COLUMNS)])


def _homes() -> int:
    """A household for the cameras of each number, with an owner of three months ago and a hub."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO people_household (id, ref, name, cell, created_at)"
            " SELECT household_id, 'h' || lpad(household_id::text, 21, '0'), '', min(cell), now()"
            " FROM cameras_camera GROUP BY household_id"
        )
        homes = cursor.rowcount
        cursor.execute(
            "INSERT INTO people_account (id, password, email, name, kind, language, time_zone, is_active, created_at)"
            " SELECT id, '!', 'owner' || id || '@homes.example', '', 'resident', 'en', %s, true,"
            " now() - interval '90 days' FROM people_household",
            [ZONE],
        )
        cursor.execute("INSERT INTO clips_room (household_id, taken) SELECT id, 2^40 FROM people_household")
        cursor.execute(
            "INSERT INTO people_membership (id, ref, role, joined_at, account_id, household_id)"
            " SELECT id, 'm' || lpad(id::text, 21, '0'), 'owner', now(), id, id FROM people_household"
        )
        cursor.execute(
            "INSERT INTO cameras_device"
            " (id, ref, name, token_digest, created_at, household_id, decision_key, by_hand) SELECT"
            " id, 'd' || lpad(id::text, 21, '0'), 'Hub',"
            " encode(sha256(('hub-' || id)::bytea), 'hex'), now(), id, '', false FROM people_household"
        )
    return int(homes)


def _clips(cameras: int, each: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vault_sealedkey (id, purpose, recipient, sealed_identity, created_at)"
            " SELECT id, 'clip', 'age1' || md5(id::text) || md5(id::text),"
            " decode(repeat(md5(id::text), 18), 'hex'), now() FROM generate_series(1, %s) AS id",
            [cameras * each],
        )
        fill_clips(cursor, cameras, each)


def fill_clips(cursor: Any, cameras: int, each: int) -> None:
    """`each` clips of every camera of 1 to `cameras`, whose keys are numbered as they are: in the order in which they
    were recorded, so that a camera's lie side by side in its indexes alone."""
    step = DAYS * 86_400 // each
    cursor.execute(
        """INSERT INTO clips_clip (id, key_id, ref, state, kind, starts_at, ends_at, announced_size,
            announced_sha256, size, sha256, blob, poster_blob, stills_blob, facts, expires_on, created_at,
            stored_at, checked_at, check_failures, refusal, camera_id, label, note)
        SELECT number, number, 'k' || lpad(number::text, 21, '0'), 'stored',
            CASE WHEN n %% 20 = 3 THEN 'doorbell' WHEN n %% 3 = 1 THEN 'person' ELSE 'motion' END,
            at, at + interval '15 seconds', 4000000, lpad(to_hex(number), 64, '0'), 4000000,
            lpad(to_hex(number), 64, '0'), 'clips/none/' || number || '.age', '', '', %s,
            (at + interval '30 days')::date, at, at, at, 0, '', id,
            CASE WHEN n %% 5 = 0 THEN 'car' ELSE '' END, ''
        FROM (SELECT c.id, n, (%s - n) * %s + c.id AS number,
                now() - make_interval(secs => n * %s + 300 + c.id %% 6000) AS at
            FROM generate_series(%s, 0, -1) AS n CROSS JOIN cameras_camera c) AS all_of_them""",
        [json.dumps(_FACTS), each - 1, cameras, step, each - 1],
    )


def _hubs() -> list[list[str]]:
    """Camera and token of some homes that upload, all over the city."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM people_household")
        step = max(1, cursor.fetchone()[0] // HUBS)
        cursor.execute(
            "SELECT DISTINCT ON (household_id) ref, 'hub-' || household_id FROM cameras_camera"
            " WHERE household_id %% %s = 0 ORDER BY household_id, id LIMIT %s",
            [step, HUBS],
        )
        return [list(row) for row in cursor.fetchall()]


def _agencies(count: int, requests: int, among: list[towns.Town]) -> list[list[str]]:
    """Agencies by the operator's act; of some a request that waits: its reference, and a second officer's session."""
    operator = Account.objects.create_user("otto@bench.example", kind=Account.Kind.OPERATOR)
    areas = towns.areas(among, requests, "city")
    submitted = []
    for number in range(max(count, requests)):
        town = among[number % len(among)]
        asks, opens = _admit(operator, number, places.coarse(places.cell_at(town.lat, town.lon)))
        if number < requests:
            submitted.append([_submit(number, asks, areas[number]), _officers_session(opens)])
    return submitted


@transaction.atomic
def _admit(operator: Account, number: int, cell: int) -> tuple[Officer, Officer]:
    def officer(name: str, role: str) -> OfficerParticulars:
        email = f"{name}{number}@agencies.example"
        return OfficerParticulars(email=email, name=name, role=role, title="Officer", badge=name, contact=email)

    agency = agencies.admit(
        operator=operator,
        particulars=AgencyParticulars(
            name=f"Police of town {number}",
            kind="police",
            jurisdiction=f"Town {number}",
            contact_email=f"desk{number}@agencies.example",
            website="",
            time_zone=ZONE,
            place_cell=cell,
        ),
        agreement_text="We ask for recorded video only, for one case at a time. " * 4,
        signed_by="The chief",
        admin=officer("aggie", "admin"),
        stricter={},
    )
    admin = Officer.objects.get(agency=agency, role=Officer.Role.ADMIN)
    return tuple(
        agencies.add_officer(acting=admin, particulars=officer(name, role))
        for name, role in (("omar", "requester"), ("ada", "approver"))
    )  # type: ignore[return-value]


def _submit(number: int, officer: Officer, area: dict[str, Any]) -> str:
    ends_at = source.now() - timedelta(minutes=5)
    fields = RequestFields(
        case_number=f"C-2026-{number}",
        incident_type="hit_and_run",
        reason="We look for a light van with a broken right headlamp that left the corner after it hit a cyclist.",
        contact="+1 555 0144",
        place_name="Mill Street",
        area=places.area_from_geojson(area),
        starts_at=ends_at - timedelta(hours=2),
        ends_at=ends_at,
    )
    draft = actions.save_draft(officer=officer, fields=fields)
    return str(actions.submit(officer=officer, ref=draft.ref).ref)


def _officers_session(officer: Officer) -> str:
    """The key of a session in which a second factor was shown."""
    Officer.objects.filter(pk=officer.pk).update(accepted_at=source.now())
    assert officer.account is not None
    client = _signed_in(officer.account)
    app, _ = Authenticator.objects.get_or_create(user=officer.account, type="totp", defaults={"data": {"secret": ""}})
    session = client.session
    shown = {"method": "mfa", "at": time.time(), "id": app.pk, "type": "totp", "reauthenticated": True}
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [shown]
    session[f"{AUTHENTICATION_METHODS_SESSION_KEY}_user"] = str(officer.account_id)
    session.save()
    return str(session.session_key)


def _neighbors() -> list[str]:
    """Sessions of owners of the first town."""
    owners = Account.objects.filter(kind=Account.Kind.RESIDENT, memberships__isnull=False).order_by("pk")[:NEIGHBORS]
    return [str(_signed_in(owner).session.session_key) for owner in owners]


def _signed_in(account: Account) -> Client:
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


if __name__ == "__main__":
    print(json.dumps(fill(*map(int, sys.argv[1:]))))
