"""A backup is whole or isn't there, and a restored instance goes on where the lost one was."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from goodfences.operating.backups.shelf import DATABASE, LIST, MANIFEST, STATE, Unusable, check, parse_stamp, stamp_of
from goodfences.operating.backups.shelf import Shelf as Files
from tests.instance import Instance

TOWN = "tests.operating.town"


class Shelf:
    """A folder of backups of one instance, and the identity that opens them."""

    def __init__(self, folder: Path, instance: Instance) -> None:
        self.folder, self.instance = folder / "shelf", instance
        self.identity = folder / "identity.txt"
        self.to = instance.goodfences("backup", "--new-identity", str(self.identity)).strip()

    def make(self, *more: str) -> Path:
        said = self.instance.goodfences("backup", str(self.folder), "--to", self.to, *more)
        return Path(said.partition(":")[0])

    def make_beside(self, slow_file: Path) -> Path:
        """One that doesn't wait for the slow file."""
        aside = self.folder.with_name("slow")
        slow_file.rename(aside)
        made = self.make()
        aside.rename(slow_file)
        return made

    def note(self) -> None:
        self.instance.goodfences("backup", str(self.folder), "--to", self.to, "--recent")

    def restore(self, into: Instance, *more: str) -> subprocess.CompletedProcess[str]:
        return program(into, "restore", str(self.folder), "--identity", str(self.identity), *more)


def program(instance: Instance, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "goodfences.cli", *arguments]
    return subprocess.run(command, env={**os.environ, **instance.environment}, capture_output=True, text=True)


def look(instance: Instance) -> dict[str, Any]:
    return dict(instance.run(TOWN, "look"))


def empty(tmp_path: Path, name: str, like: Instance) -> Instance:
    """An empty machine that will have the address of the lost one."""
    made = Instance(tmp_path / name, GOODFENCES_URL=like.url)
    shutil.rmtree(made.state)
    return made


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of an instance as it is built."""
    instance = Instance(tmp_path_factory.mktemp("original") / "state")
    instance.migrate()
    instance.run(TOWN, "build")
    return instance.state


@pytest.fixture
def instance(original: Path, tmp_path: Path) -> Iterator[Instance]:
    shutil.copytree(original, tmp_path / "state", symlinks=True)
    yield Instance(tmp_path / "state", GOODFENCES_URL="http://town.example")


@pytest.fixture
def shelf(instance: Instance, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path, instance)


def test_a_restored_instance_is_the_lost_one_and_its_ledger_goes_on(
    instance: Instance, shelf: Shelf, tmp_path: Path
) -> None:
    before = look(instance)
    shelf.make()
    new = empty(tmp_path, "new", instance)
    done = shelf.restore(new)
    assert done.returncode == 0, done.stderr
    assert look(new) == {**before, "mail": ["uncertain"]}
    assert len([shown for shown in before["clips"].values() if shown]) == 3
    new.run(TOWN, "act")
    assert look(new)["signed"] == before["signed"] + 1
    for name in ("keys/master.age", "keys/ledger.key", "secret_key", "ledger/checkpoint"):
        assert (new.state / name).stat().st_mode & 0o077 == 0
    assert (new.state / "secret_key").read_text() == (instance.state / "secret_key").read_text()


@pytest.mark.parametrize(
    "set_back", [timedelta(), timedelta(hours=2)], ids=["at once", "by a clock that was set back"]
)
def test_what_ended_after_the_backup_does_not_come_back_and_the_ledger_forgets_nothing(
    instance: Instance, shelf: Shelf, tmp_path: Path, set_back: timedelta
) -> None:
    made = shelf.make()
    made.rename(made.with_name(stamp_of(parse_stamp(made.name) + set_back)))
    instance.run(TOWN, "change")
    changed = look(instance)
    assert list(changed["clips"]) == ["Street", "Yard"] and changed["people"] == ["Olive"]
    shelf.note()
    new = empty(tmp_path, "new", instance)
    done = shelf.restore(new)
    assert done.returncode == 0, done.stderr
    after = look(new)
    assert {name: after[name] for name in ("people", "clips", "keys", "entries", "root", "signed")} == {
        name: changed[name] for name in ("people", "clips", "keys", "entries", "root", "signed")
    }
    # Their receipts went out when they were erased.
    assert set(after["mail"]) == {"uncertain"}


def test_it_signs_no_second_history_where_somebody_saw_more(instance: Instance, shelf: Shelf, tmp_path: Path) -> None:
    shelf.make()
    instance.run(TOWN, "act")
    seen = tmp_path / "seen"
    shutil.copy(instance.state / "ledger" / "checkpoint", seen)
    new = empty(tmp_path, "new", instance)
    done = shelf.restore(new, "--checkpoint", str(seen))
    assert done.returncode == 3 and "The ledger may not be signed yet" in done.stderr
    new.run(TOWN, "act")
    new.run(TOWN, "act")
    assert look(new)["signed"] == 2 < look(new)["entries"]
    forged = tmp_path / "forged"
    forged.write_text(seen.read_text().replace("3\n", "9\n", 1))
    other = empty(tmp_path, "other", instance)
    assert "isn't of this ledger" in shelf.restore(other, "--checkpoint", str(forged)).stderr


def flip(path: Path) -> bytes:
    """Change one bit in its middle; what it held before."""
    content = path.read_bytes()
    changed = bytearray(content)
    changed[len(changed) // 2] ^= 1
    path.write_bytes(changed)
    return content


def test_a_damaged_backup_restores_nothing(instance: Instance, shelf: Shelf, tmp_path: Path) -> None:
    made = shelf.make()
    sealed = next((shelf.folder / "blobs").rglob("*.age.*"))
    for path in (made / DATABASE, made / STATE, made / LIST, sealed):
        before = flip(path)
        with pytest.raises(Unusable, match=path.name):
            check(Files(shelf.folder), Files(shelf.folder).find(), lambda _what, _size: None)
        path.write_bytes(before)
    check(Files(shelf.folder), Files(shelf.folder).find(), lambda _what, _size: None)
    sealed.unlink()
    new = empty(tmp_path, "new", instance)
    done = shelf.restore(new)
    assert done.returncode == 1 and sealed.name in done.stderr
    assert not (new.state / "keys").exists() and not (new.state / "blobs" / "clips").exists()
    (made / MANIFEST).write_text((made / MANIFEST).read_text()[:-100])
    with pytest.raises(Unusable, match=MANIFEST):
        Files(shelf.folder).find()


def test_only_the_identity_opens_it_and_only_an_empty_machine_takes_it(
    instance: Instance, shelf: Shelf, tmp_path: Path
) -> None:
    made = shelf.make()
    sealed = b"".join(path.read_bytes() for path in made.iterdir())
    assert b"olive@example.org" not in sealed and b"AGE-SECRET-KEY" not in sealed
    done = shelf.restore(instance)
    assert done.returncode == 1 and "isn't an empty machine" in done.stderr
    shelf.identity.unlink()
    instance.goodfences("backup", "--new-identity", str(shelf.identity))
    new = empty(tmp_path, "new", instance)
    assert "doesn't open the backup" in shelf.restore(new).stderr
    assert not (new.state / "keys").exists()


def test_sealed_files_are_copied_once_and_go_with_the_last_backup_that_holds_them(
    instance: Instance, shelf: Shelf
) -> None:
    first = shelf.make()
    lying = {path: path.stat().st_ino for path in (shelf.folder / "blobs").rglob("*.age.*")}
    assert len(lying) == 9
    second = shelf.make()
    assert {path: path.stat().st_ino for path in lying} == lying
    instance.run(TOWN, "change")
    third = shelf.make("--keep", "1")
    assert third.is_dir() and not first.exists() and not second.exists()
    # Of the three clips' nine files those of one are left.
    assert len(list((shelf.folder / "blobs").rglob("*.age.*"))) == 3
    assert program(instance, "backup", str(shelf.folder), "--check").returncode == 0


def test_it_is_one_moment_of_a_database_that_is_written_to(instance: Instance, shelf: Shelf, tmp_path: Path) -> None:
    """Rows and entries that belong together are all there, or none of them."""
    stop = threading.Event()

    def write() -> None:
        with closing(
            sqlite3.connect(instance.state / "goodfences.sqlite3", timeout=30, isolation_level=None)
        ) as live:
            live.execute("create table pairs (number integer, side text)")
            number = 0
            while not stop.is_set():
                number += 1
                live.execute("begin immediate")
                live.execute("insert into pairs values (?, 'left')", (number,))
                live.execute("insert into pairs values (?, 'right')", (number,))
                live.execute("commit")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        shelf.make()
    finally:
        stop.set()
        writer.join()
    new = empty(tmp_path, "new", instance)
    assert shelf.restore(new).returncode == 0
    with closing(sqlite3.connect(new.state / "goodfences.sqlite3")) as database:
        assert database.execute("select count(*) from pairs").fetchone()[0] > 0
        odd = "select number from pairs group by number having count(*) <> 2"
        assert database.execute(odd).fetchall() == []


def under_way(command: list[str], environment: dict[str, str], backups: Path) -> subprocess.Popen[bytes]:
    """A backup that has begun. One that is done before anybody sees it is thrown away, and another begun."""
    for _ in range(10):
        running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        while running.poll() is None:
            if list(backups.glob("*.part")):
                return running
            time.sleep(0.002)
        shutil.rmtree(backups)
    raise AssertionError("Each of ten backups was done before it was seen.")


def test_one_that_is_cut_off_leaves_nothing_that_looks_whole(
    instance: Instance, shelf: Shelf, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "goodfences.cli", "backup", str(shelf.folder), "--to", shelf.to]
    environment = {**os.environ, **instance.environment}
    for later in (0.0, 0.1):
        running = under_way(command, environment, shelf.folder / "backups")
        time.sleep(later)
        running.kill()
        running.wait()
        for left in Files(shelf.folder).whole():
            check(Files(shelf.folder), left, lambda _what, _size: None)
        assert later or not Files(shelf.folder).whole()
    shelf.make()
    assert not list((shelf.folder / "backups").glob("*.part"))
    assert not (instance.state / "backup-copy.sqlite3").exists()
    new = empty(tmp_path, "new", instance)
    assert shelf.restore(new).returncode == 0


@pytest.fixture
def slow_file(instance: Instance) -> Iterator[Path]:
    """A file of the store that isn't read to its end before `let_through` is called."""
    path = instance.state / "blobs" / "clips" / "slow.age"
    os.mkfifo(path)
    yield path
    path.unlink(missing_ok=True)


def let_through(slow_file: Path) -> None:
    with slow_file.open("wb") as file:
        slow_file.unlink()
        file.write(b"slow")


def begun(instance: Instance, shelf: Shelf, *more: str) -> subprocess.Popen[str]:
    """A backup that stands before a slow file."""
    left = list((shelf.folder / "backups").glob("*.part"))
    command = [sys.executable, "-m", "goodfences.cli", "backup", str(shelf.folder), "--to", shelf.to, *more]
    running = subprocess.Popen(command, env={**os.environ, **instance.environment}, stdout=subprocess.PIPE, text=True)
    while not [path for path in (shelf.folder / "backups").glob("*.part") if path not in left]:
        assert running.poll() is None
        time.sleep(0.002)
    return running


def test_what_cannot_wait_is_written_down_while_a_backup_is_made_or_cut_off(
    instance: Instance, shelf: Shelf, slow_file: Path
) -> None:
    files, before = Files(shelf.folder), parse_stamp(shelf.make_beside(slow_file).name)
    running = begun(instance, shelf)
    notes = len(files.recents(before))
    shelf.note()
    running.kill()
    running.communicate()
    # It counts for the backup before.
    assert files.find().made_at == before and len(files.recents(before)) == notes + 1

    running = begun(instance, shelf, "--keep", "1")
    shelf.note()
    let_through(slow_file)
    said, _ = running.communicate()
    assert running.returncode == 0 and "1 older ones were dropped" in said
    assert len(files.whole()) == len(files.recents(files.find().made_at)) == 1


def test_a_restore_that_is_cut_off_runs_nothing_and_is_begun_again(
    instance: Instance, shelf: Shelf, tmp_path: Path
) -> None:
    shelf.make()
    new = empty(tmp_path, "new", instance)
    command = [
        sys.executable,
        "-m",
        "goodfences.cli",
        "restore",
        str(shelf.folder),
        "--identity",
        str(shelf.identity),
    ]
    running = subprocess.Popen(command, env={**os.environ, **new.environment}, stdout=subprocess.DEVNULL)
    while not (new.state / "restoring").exists():
        assert running.poll() is None
        time.sleep(0.002)
    running.kill()
    running.wait()
    refused = program(new, "worker")
    assert refused.returncode == 1 and "isn't finished" in refused.stderr
    done = shelf.restore(new)
    assert done.returncode == 0, done.stderr
    assert look(new)["clips"] == look(instance)["clips"]
