"""Homes with many clips, filled by SQL; and one real clip after another for a browser to show."""

from __future__ import annotations

import io
import json
import sqlite3
import struct
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from goodfences import source
from goodfences.bench.bulk import cookie_of, filling
from goodfences.bench.footage import FOOTAGE

CAMERAS = ("Front door", "Street", "Back yard", "Garage")
REAL = 24
"""As many as one page shows."""
_CLIPS_ELSEWHERE = 1000
_FACTS = {"codec": "h264", "width": 1920, "height": 1080, "frames": 150, "duration_ms": 15000, "has_audio": False}


@dataclass(frozen=True)
class Home:
    """A home with an owner and four cameras; `camera` is the reference of one."""

    account_id: int
    household_id: int
    cameras: tuple[int, ...]
    camera: str

    def cookie(self) -> str:
        """The header of its owner's browser, signed in."""
        return cookie_of(self.account_id)


def settle(name: str) -> Home:
    """Through the acts that a page calls."""
    from goodfences import places
    from goodfences.cameras import actions as cameras
    from goodfences.people import actions as people
    from goodfences.people.models import Account

    owner = Account.objects.create_user(f"{name}@homes.example")
    cell = places.cell_at(40.0, -75.0)
    home = people.settle(account=owner, cell=cell, household_name="", language="en", time_zone="America/New_York")
    made = [cameras.add_camera(account=owner, name=each, looks_at="street") for each in CAMERAS]
    return Home(owner.pk, home.pk, tuple(camera.pk for camera in made), made[0].ref)


def fill(homes: dict[Home, int], clips: int, days: int) -> None:
    """So many clips in each home, and in homes of a thousand all around so many that there are `clips` in all.

    They lie evenly over the last `days` days. Indexes are dropped meanwhile and made again.
    """
    with filling("clips_clip", cache_kb=200_000) as connection:
        for home, count in homes.items():
            _fill_cameras(connection, home.cameras, count // len(home.cameras), days)
        _fill_others(connection, clips - sum(homes.values()), days)


def _fill_others(connection: sqlite3.Connection, clips: int, days: int) -> None:
    """Homes that nobody looks into: their cameras, and what those recorded."""
    each = _CLIPS_ELSEWHERE // len(CAMERAS)
    cameras = max(0, clips) // each
    (first,) = connection.execute("SELECT max(id) + 1 FROM cameras_camera").fetchone()
    (household,) = connection.execute("SELECT max(id) + 1 FROM people_household").fetchone()
    homes = -(-cameras // len(CAMERAS))
    connection.execute(
        """INSERT INTO people_household (id, ref, name, cell, created_at)
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
        SELECT ? + i, printf('h%021d', i), '', (SELECT cell FROM people_household LIMIT 1), ? FROM n WHERE ? > 0""",
        (homes, household, _text(source.now()), homes),
    )
    connection.execute(
        """INSERT INTO cameras_camera (id, ref, household_id, name, looks_at, cell, may_be_asked, created_at)
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)
        SELECT ? + i, printf('c%021d', i), ? + i / 4, 'Street', 'street',
            (SELECT cell FROM people_household LIMIT 1), 0, ? FROM n WHERE ? > 0""",
        (cameras, first, household, _text(source.now()), cameras),
    )
    _fill_cameras(connection, range(first, first + cameras), each, days)


def _fill_cameras(connection: sqlite3.Connection, cameras: Any, each: int, days: int) -> None:
    """`each` clips of each camera. A third are persons, a twentieth the doorbell, a thousandth by hand."""
    if not cameras or not each:
        return
    (before,) = connection.execute("SELECT coalesce(max(id), 0) FROM clips_clip").fetchone()
    step = days * 86400 / each
    begins = source.now() - timedelta(days=days)
    values = {
        "id": f"{before} + c.value_at * {each} + n.i + 1",
        "ref": f"printf('%022d', {before} + c.value_at * {each} + n.i + 1)",
        "camera_id": "c.camera",
        "state": "'stored'",
        "kind": "CASE WHEN n.i % 1000 = 7 THEN 'manual' WHEN n.i % 20 = 3 THEN 'doorbell' "
        "WHEN n.i % 3 = 1 THEN 'person' ELSE 'motion' END",
        "starts_at": _moment(begins.timestamp(), step, 0),
        "ends_at": _moment(begins.timestamp(), step, 15),
        "announced_size": "4000000",
        "size": "4000000",
        "announced_sha256": f"printf('%064x', {before} + c.value_at * {each} + n.i + 1)",
        "sha256": f"printf('%064x', {before} + c.value_at * {each} + n.i + 1)",
        "blob": f"printf('clips/none/%022d.age', {before} + c.value_at * {each} + n.i + 1)",
        "facts": f"'{json.dumps(_FACTS)}'",
        "expires_on": f"date({begins.timestamp()} + n.i * {step} + 30 * 86400, 'unixepoch')",
        "stored_at": _moment(begins.timestamp(), step, 20),
        "checked_at": _moment(begins.timestamp(), step, 25),
        "created_at": _moment(begins.timestamp(), step, 16),
        "label": "CASE WHEN n.i % 5 = 0 THEN 'car' WHEN n.i % 97 = 1 THEN 'parcel' ELSE '' END",
        "note": "CASE WHEN n.i % 4001 = 9 THEN 'Walnut tree' WHEN n.i % 211 = 5 THEN 'The gray van' ELSE '' END",
        "words": "CASE WHEN n.i % 4001 = 9 THEN ' walnut tree' WHEN n.i % 211 = 5 THEN ' the gray van' "
        "WHEN n.i % 5 = 0 THEN ' car' WHEN n.i % 97 = 1 THEN ' parcel' END",
        "starred_at": f"CASE WHEN n.i % 503 = 2 THEN {_moment(begins.timestamp(), step, 30)} END",
        "saved_at": f"CASE WHEN n.i % 1009 = 2 THEN {_moment(begins.timestamp(), step, 30)} END",
    }
    values = {**_defaults(set(values)), **values}
    connection.execute("CREATE TEMP TABLE some (value_at INTEGER PRIMARY KEY, camera INTEGER)")
    connection.executemany("INSERT INTO some VALUES (?, ?)", enumerate(cameras))
    connection.execute(
        f"""INSERT INTO clips_clip ({", ".join(values)})
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {each})
        SELECT {", ".join(values.values())} FROM some c CROSS JOIN n"""  # noqa: S608 - text of our own
    )
    connection.execute("DROP TABLE some")


def _moment(begins: float, step: float, later: int) -> str:
    """SQL for a time as Django writes it."""
    at = f"{begins} + n.i * {step} + {later}"
    return f"strftime('%Y-%m-%d %H:%M:%f000', {at}, 'unixepoch')"


def _text(at: Any) -> str:
    return str(at.strftime("%Y-%m-%d %H:%M:%S.%f"))


def _defaults(known: set[str]) -> dict[str, str]:
    """SQL for the columns of a clip that aren't set here: what a new one has."""
    from goodfences.clips.models import Clip

    found: dict[str, str] = {}
    for field in Clip._meta.concrete_fields:
        if field.column is not None and field.column not in known:
            number = field.get_internal_type().endswith("IntegerField")
            found[field.column] = "NULL" if field.null else "0" if number else "''"
    return found


def film(home: Home) -> None:
    """Real clips of the demo town's streets, the newest of the home, checked as any other."""
    import av

    from goodfences.cameras import actions as cameras
    from goodfences.cameras.models import Camera
    from goodfences.clips import actions, tasks
    from goodfences.people.models import Account

    owner = Account.objects.get(pk=home.account_id)
    device, _token = cameras.pair(cameras.start_pairing(account=owner), "Hub", peer="bench")
    footage = sorted(FOOTAGE.glob("*.mp4"))
    refs = list(Camera.objects.filter(pk__in=home.cameras).values_list("ref", flat=True))
    for number in range(REAL):
        video = footage[number % len(footage)].read_bytes()
        with av.open(io.BytesIO(video), "r") as file:
            assert file.duration is not None
            lasts = file.duration // 1000
        # Another file each time: a box behind it that players skip.
        data = video + struct.pack(">I4sI", 12, b"free", number)
        _send(device, actions, refs[number % len(refs)], data, lasts, number)
    while tasks.run_due(REAL):
        pass


def _send(device: Any, actions: Any, camera: str, data: bytes, lasts: int, number: int) -> None:
    import hashlib

    clip, _new = actions.announce(
        device=device,
        camera_ref=camera,
        starts_at=source.now() - timedelta(seconds=40 + number),
        duration_ms=lasts,
        kind="motion",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    upload = actions.begin_upload(device=device, clip_ref=clip.ref, length=len(data))
    actions.receive(device=device, upload_ref=upload.ref, offset=0, body=io.BytesIO(data), length=len(data))
    actions.finish(device=device, clip_ref=clip.ref)
