"""Blobs move from one store to another while the site writes and deletes, and the move is killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from goodfences.bench import s3_servers
from goodfences.bench.faulty.line import line_to
from goodfences.bench.s3_servers import S3Server
from goodfences.vault import blobs, command, moving
from goodfences.vault.blobs import BlobStore
from goodfences.vault.both import BothStores
from goodfences.vault.errors import BlobExists, BlobMissing
from tests.environment import child_environment
from tests.vault.conftest import BUCKET, use
from tests.vault.test_blobs import get, put

pytestmark = pytest.mark.xdist_group("s3")


def content(store: BlobStore) -> dict[str, bytes]:
    return {blob.name: get(store, blob.name) for blob in store.everything()}


@pytest.fixture
def filled(tmp_path: Path) -> dict[str, bytes]:
    """What lies in the old folder: 40 blobs, one of them in several parts."""
    store = blobs.at(str(tmp_path / "old"))
    given = {f"clips/2026-12-{day}/{number}.age": os.urandom(2000) for day in (24, 25) for number in range(19)}
    given |= {"uploads/2026-11-26/large.age": os.urandom(9_000_000), "shared/empty.age": b""}
    for name, data in given.items():
        put(store, name, data)
    return given


@pytest.fixture(params=["folder", *s3_servers.SERVERS])
def new(
    request: pytest.FixtureRequest,
    s3_servers_of: Callable[[str], S3Server],
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    tmp_path: Path,
) -> str:
    """Where to."""
    if request.param == "folder":
        return str(tmp_path / "new")
    use(s3_servers_of(request.param), monkeypatch, settings, tmp_path)
    return f"s3://{BUCKET}/{tmp_path.name}"


@pytest.fixture(autouse=True)
def old_place(settings: Any, tmp_path: Path) -> str:
    settings.STATE, settings.BLOBS = tmp_path, str(tmp_path / "old")
    return str(tmp_path / "old")


def test_there_and_back(
    filled: dict[str, bytes], new: str, settings: Any, old_place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.BLOBS = old_place
    for origin, target in ((old_place, new), (new, old_place)):
        assert command.main(["move", "--to", target]) == 0
        assert "40 files came over" in (said := capsys.readouterr().out)
        assert f"GOODFENCES_BLOBS={target}" in said
        assert content(blobs.at(origin)) == content(blobs.at(target)) == filled
        settings.BLOBS, settings.BLOBS_BEFORE = target, origin
        assert command.main(["move", "--to", target]) == 0
        assert "Nothing is left" in capsys.readouterr().out
        assert content(blobs.at(origin)) == {}
        assert content(blobs.at(target)) == filled
        settings.BLOBS_BEFORE = ""
    assert not (settings.STATE / command.JOURNAL).exists()


def test_what_the_site_does_meanwhile_is_kept(filled: dict[str, bytes], tmp_path: Path, settings: Any) -> None:
    """First on the old store, then, restarted, on both."""
    old, new = settings.BLOBS, str(tmp_path / "new")
    kept = dict(filled)
    for _ in ("first", "again"):
        with site(kept):
            assert command.main(["move", "--to", new, "--json"]) == 0
        settings.BLOBS, settings.BLOBS_BEFORE = new, old
    assert content(blobs.at(old)) == {}
    found = content(blobs.at(new))
    # What was deleted between the two runs may be left behind; its key is gone, and the scrub finds it.
    assert {name: found.get(name) for name in kept} == kept


class site:  # noqa: N801 - it reads as what it is
    """Writes, deletes, writes anew under the same name, and reads, in a thread of its own."""

    def __init__(self, kept: dict[str, bytes]) -> None:
        self._kept, self._stop, self._failed = kept, threading.Event(), list[BaseException]()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        time.sleep(0.1)
        self._stop.set()
        self._thread.join()
        assert self._failed == []

    def _run(self) -> None:
        chance = random.Random(len(self._kept))
        try:
            while not self._stop.is_set():
                self._act(chance)
        except BaseException as error:  # noqa: BLE001
            self._failed.append(error)

    def _act(self, chance: random.Random) -> None:
        store, name = blobs.store(), chance.choice(sorted(self._kept))
        act = chance.choice(("read", "read", "write", "delete", "anew"))
        if act == "read":
            assert get(store, name) == self._kept[name]
            return
        data = chance.randbytes(500)
        if act == "write":
            name = f"clips/2026-12-26/{chance.randrange(10**9)}.age"
        else:
            store.delete(name)
            del self._kept[name]
        if act == "delete":
            return
        for _ in range(20):
            try:
                put(store, name, data)
                break
            except BlobExists:  # the old one was coming over; a worker tries again later
                time.sleep(0.05)
                store.delete(name)
        self._kept[name] = data


@pytest.mark.parametrize("older", [b"", b"what came over first"])
@pytest.mark.parametrize("drop", [False, True])
def test_a_blob_made_anew_at_any_moment_is_kept(drop: bool, older: bytes, tmp_path: Path, settings: Any) -> None:
    """Between any two of the move's calls; a worker that finds the name taken tries once more, later."""
    for moment in range(1000):
        old, new = (blobs.at(str(tmp_path / f"{moment} {side}")) for side in ("old", "new"))
        site = BothStores(new, old) if drop else old
        put(old, "a.age", b"first")
        if older:
            put(new, "a.age", older)
        act = At(moment, lambda site=site: anew(site))
        journal = moving.Journal(tmp_path / f"{moment}.journal", "old", "new")
        moving.Move(Watched(old, act), Watched(new, act), journal, drop).run()
        journal.close()
        if not act.acted:
            break
        if act.refused:
            anew(site)
        assert get(BothStores(new, old), "a.age") == b"anew", moment
    assert moment > 8, "The move made fewer calls than it needs."


def anew(site: BlobStore) -> None:
    site.delete("a.age")
    put(site, "a.age", b"anew")


class At:
    """Acts once, at the call of this number, and knows whether the act was refused."""

    def __init__(self, moment: int, act: Callable[[], None]) -> None:
        self._left, self._act = moment, act
        self._one_at_a_time = threading.Lock()
        self.acted = self.refused = False

    def call(self) -> None:
        with self._one_at_a_time:
            self._left -= 1
            if self._left == -1:
                self.acted = True
                try:
                    self._act()
                except BlobExists:
                    self.refused = True


class Watched:
    """A store, or a writer of it, that says each call before it is done."""

    def __init__(self, thing: Any, at: At) -> None:
        self._thing, self._at = thing, at

    def __getattr__(self, name: str) -> Any:
        def called(*given: Any) -> Any:
            self._at.call()
            made = getattr(self._thing, name)(*given)
            return Watched(made, self._at) if name == "create" else made

        return called

    def __enter__(self) -> Watched:
        self._thing.__enter__()
        return self

    def __exit__(self, *ended: Any) -> Any:
        return self._thing.__exit__(*ended)


def test_a_move_that_is_killed_goes_on(filled: dict[str, bytes], tmp_path: Path, settings: Any) -> None:
    old, new = settings.BLOBS, str(tmp_path / "new")
    given = {
        **child_environment(),
        "GOODFENCES_STATE": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "goodfences.settings",
    }
    for number in range(300):
        put(blobs.at(old), f"clips/2026-12-27/{number}.age", data := os.urandom(20_000))
        filled[f"clips/2026-12-27/{number}.age"] = data
    for place, before in ((old, ""), (new, old)):
        environment = {**given, "GOODFENCES_BLOBS": place, "GOODFENCES_BLOBS_BEFORE": before}
        run = [sys.executable, "-m", "goodfences.cli", "store", "move", "--to", new, "--json"]
        settings.BLOBS, settings.BLOBS_BEFORE = place, before
        with subprocess.Popen(run, env=environment, stdout=subprocess.DEVNULL) as killed:
            known = len(list(blobs.at(new).everything()))
            until = time.monotonic() + 60
            while killed.poll() is None and time.monotonic() < until:
                if before and blobs.at(old).size("shared/empty.age") is None:
                    break
                if not before and len(list(blobs.at(new).everything())) > known + 20:
                    break
            killed.send_signal(signal.SIGKILL)
        assert killed.returncode == -signal.SIGKILL, "It was over before it was killed."
        for name, data in filled.items():
            assert get(blobs.store(), name) == data
        done = subprocess.run(run, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["failed"] == {}
    assert content(blobs.at(old)) == {}
    assert content(blobs.at(new)) == filled


def test_a_journal_saves_doing_it_twice(filled: dict[str, bytes], tmp_path: Path, settings: Any) -> None:
    for expected in (40, 0):
        journal = moving.Journal(tmp_path / "journal", "old", "new")
        progress = moving.Move(blobs.store(), blobs.at(str(tmp_path / "new")), journal, drop=False).run()
        journal.close()
        assert (progress.moved, progress.known) == (expected, 40 - expected)


def test_what_the_new_store_lost_since_is_brought_again(
    filled: dict[str, bytes], tmp_path: Path, settings: Any
) -> None:
    new = str(tmp_path / "new")
    assert command.main(["move", "--to", new, "--json"]) == 0
    blobs.at(new).delete("uploads/2026-11-26/large.age")
    settings.BLOBS, settings.BLOBS_BEFORE = new, settings.BLOBS
    assert command.main(["move", "--to", new, "--json"]) == 0
    assert content(blobs.at(new)) == filled


def test_a_store_that_spoils_what_it_takes_gets_nothing_and_nothing_is_deleted(
    s3_servers_of: Callable[[str], S3Server], monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    old = settings.BLOBS
    put(blobs.at(old), "a.age", b"sealed" * 100)
    server = s3_servers_of("rclone")
    with line_to(server.url) as line:
        use(server, monkeypatch, settings, tmp_path, line.url)
        settings.BLOBS, settings.BLOBS_BEFORE = f"s3://{BUCKET}/{tmp_path.name}", old
        line.spoils = True
        assert command.main(["move", "--to", settings.BLOBS, "--json"]) == 2
        assert content(blobs.at(old)) == {"a.age": b"sealed" * 100}
        line.spoils = False
        line.lies = True
        assert command.main(["move", "--to", settings.BLOBS, "--json"]) == 2
        line.lies = False
        with pytest.raises(BlobMissing):
            blobs.at(settings.BLOBS).open("b.age")
        assert content(blobs.at(old)) == {"a.age": b"sealed" * 100}


@pytest.fixture
def refusal(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[str], str]]:
    def refused(to: str) -> str:
        assert command.main(["move", "--to", to]) == 2
        return capsys.readouterr().err

    yield refused


def test_a_move_that_makes_no_sense_is_refused(refusal: Callable[[str], str], tmp_path: Path, settings: Any) -> None:
    assert "there already" in refusal(settings.BLOBS)
    settings.BLOBS_BEFORE = str(tmp_path / "older")
    assert "isn't over" in refusal(str(tmp_path / "newer"))
    settings.BLOBS_BEFORE = ""
    assert "s3://bucket" in refusal("s3://") and "no store" in refusal("gs://bucket")
    (tmp_path / command.JOURNAL).unlink()
    moving.Journal(tmp_path / command.JOURNAL, "here", "there").close()
    assert "under way" in refusal(str(tmp_path / "newer"))
