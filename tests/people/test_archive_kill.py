"""`kill -9` of a real worker while it makes an archive: the next one goes on, and every clip is in it once, whole."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from tests import migrated
from tests.evidence.real_bagit import Bag
from tests.mail.test_kill import wait_for

CLIPS = 60
KILLS = 2

FILL = f"""
import django; django.setup()
import hashlib, io, os
from datetime import timedelta
from goodfences import source
from goodfences.clips.models import Clip
from goodfences.people.archive import asking
from goodfences.vault import blobs, keys, sealing
from tests import persons
owner = persons.make_account("Olive")
camera = persons.make_camera(persons.make_home(owner, persons.OLIVES_PLACE), "Street", "street")
for n in range({CLIPS}):
    data, key, at = os.urandom(300_000), keys.new_key("clip"), source.now() - timedelta(minutes=n)
    sha, name = hashlib.sha256(data).hexdigest(), f"clips/2099-01-01/{{n}}.age"
    with blobs.store().create(name) as writer:
        sealing.seal_stream(io.BytesIO(data), writer, [keys.recipient(key)])
        writer.commit()
    Clip.objects.create(camera=camera, state="stored", kind="motion", starts_at=at, ends_at=at, announced_size=1,
        announced_sha256=sha, size=len(data), sha256=sha, blob=name, key=key, expires_on="2099-01-01",
        stored_at=at, checked_at=at)
asking.ask(account=owner)
"""
WORK = """
import django; django.setup()
from datetime import timedelta
from goodfences.people.archive import making
from goodfences.worker import Duty, Worker
making.PART, making.LEASE = 700_000, timedelta(milliseconds=300)
Worker((Duty("archives", "goodfences.people.tasks.run_archives", limit=1, idle_seconds=0.05),)).run()
"""
TAKE = """
import django; django.setup()
import sys
from goodfences.people.archive import asking
from goodfences.people.models import Archive
reader = asking.ArchiveReader(Archive.objects.get())
open(sys.argv[1], "wb").write(reader.read_range(0, reader.size))
"""


def test_it_goes_on_after_each_kill(tmp_path: Path) -> None:
    state = tmp_path / "state"
    migrated.into(state)
    database = state / "goodfences.sqlite3"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "goodfences.settings",
        "GOODFENCES_STATE": str(state),
        "DATABASE_URL": f"sqlite:///{database}",
        "GOODFENCES_SECRET_KEY": "a key for this test",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }

    def value(sql: str) -> int:
        with sqlite3.connect(database) as connection:
            return int(connection.execute(sql).fetchone()[0])

    def parts() -> int:
        return value("SELECT count(*) FROM people_archivepart")

    subprocess.run([sys.executable, "-c", FILL], env=environment, check=True)
    for kill in range(KILLS):
        worker = subprocess.Popen([sys.executable, "-c", WORK], env=environment)
        before = parts()
        wait_for(lambda before=before: parts() > before)
        time.sleep(0.01 * kill)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert value("SELECT count(*) FROM people_archive WHERE state='preparing'") == 1, "killed before it was done"
    worker = subprocess.Popen([sys.executable, "-c", WORK], env=environment)
    try:
        wait_for(lambda: value("SELECT count(*) FROM people_archive WHERE state='ready'"))
    finally:
        worker.terminate()
        worker.wait()
    subprocess.run([sys.executable, "-c", TAKE, str(tmp_path / "it.zip")], env=environment, check=True)
    with zipfile.ZipFile(tmp_path / "it.zip") as file:
        file.extractall(tmp_path / "out")
    (bag,) = (tmp_path / "out").iterdir()
    assert Bag(str(bag)).is_valid()
    taken = [hashlib.sha256(path.read_bytes()).hexdigest() for path in bag.glob("data/clips/*/*.mp4")]
    with sqlite3.connect(database) as connection:
        kept = [row[0] for row in connection.execute("SELECT sha256 FROM clips_clip")]
    assert sorted(taken) == sorted(kept) and len(taken) == CLIPS
