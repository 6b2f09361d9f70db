"""What an S3 store does beyond what every store does (test_blobs.py), and what it does when something is wrong."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from goodfences.bench import s3_servers
from goodfences.bench.faulty.line import Line, line_to
from goodfences.bench.s3_servers import S3Server
from goodfences.vault import blobs, s3
from goodfences.vault.errors import BlobExists, BlobMissing, StoreTrouble
from tests.vault.conftest import BUCKET, use
from tests.vault.test_blobs import get, names, put

pytestmark = pytest.mark.xdist_group("s3")


def test_objects_are_kept_under_the_prefix(s3_place: S3Server, tmp_path: Path) -> None:
    put(blobs.store(), "clips/a.age")
    listed = s3_servers.client(s3_place.url).list_objects_v2(Bucket=BUCKET, Prefix=f"{tmp_path.name}/")["Contents"]
    assert [entry["Key"] for entry in listed] == [f"{tmp_path.name}/clips/a.age"]


def test_a_store_may_be_a_whole_bucket(s3_place: S3Server) -> None:
    s3_place.make_bucket("whole")
    put(s3.S3Store.from_url("s3://whole"), "a.age")
    assert s3_servers.client(s3_place.url).list_objects_v2(Bucket="whole")["KeyCount"] == 1


def test_a_large_blob_is_sent_in_parts_and_read_whole(s3_place: S3Server) -> None:
    data = os.urandom(2 * s3.PART + 512_345)
    store = blobs.store()
    with store.create("large.age") as writer:
        for start in range(0, len(data), 1_000_000):
            writer.write(data[start : start + 1_000_000])
        writer.commit()
    assert get(store, "large.age") == data
    opened = store.open("large.age")
    opened.seek(s3.PART - 5)
    assert opened.read(10) == data[s3.PART - 5 : s3.PART + 5]


def test_a_large_blob_is_never_changed_either(s3_place: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "PART", 5 * 1024 * 1024)
    store = blobs.store()
    put(store, "large.age", b"1" * (6 * 1024 * 1024))
    with pytest.raises(BlobExists):
        put(store, "large.age", b"2" * (6 * 1024 * 1024))
    assert store.open("large.age").read(1) == b"1"


def test_a_large_blob_that_was_not_committed_leaves_nothing(s3_place: S3Server, tmp_path: Path) -> None:
    with blobs.store().create("large.age") as writer:
        writer.write(bytes(s3.PART + s3.TAIL + 1))
    with pytest.raises(BlobMissing):
        blobs.store().open("large.age")
    listed = s3_servers.client(s3_place.url).list_multipart_uploads(Bucket=BUCKET, Prefix=tmp_path.name)
    assert not listed.get("Uploads")


def test_an_upload_that_a_killed_writer_left_is_swept_when_it_is_old(s3_place: S3Server) -> None:
    store = blobs.store()
    store.create("large.age").write(bytes(s3.PART + s3.TAIL + 1))
    now = datetime.now(UTC)
    assert store.sweep(now - timedelta(hours=1)) == 0
    assert store.sweep(now + timedelta(hours=1)) == 1
    assert store.sweep(now + timedelta(hours=1)) == 0


def test_a_blob_that_goes_while_it_is_read_is_missing(s3_place: S3Server) -> None:
    store = blobs.store()
    put(store, "a.age")
    opened = store.open("a.age")
    store.delete("a.age")
    with pytest.raises(BlobMissing):
        opened.read()


def test_an_address_without_bucket_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="s3://bucket"):
        s3.S3Store.from_url("s3://")


@pytest.fixture
def line(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Iterator[Line]:
    """The store behind a line that can be made worse, with little patience."""
    monkeypatch.setattr(s3, "READ_SECONDS", 1)
    monkeypatch.setattr(s3, "TRIES", 3)
    with line_to(s3_server.url) as line:
        use(s3_server, monkeypatch, settings, tmp_path, line.url)
        yield line


def test_a_day_goes_in_one_request(line: Line) -> None:
    store = blobs.store()
    for number in range(12):
        put(store, f"clips/2026-12-24/{number}.age")
    put(store, "clips/2026-12-25/kept.age")
    line.seen.clear()
    store.delete_folder("clips/2026-12-24")
    assert line.seen == ["GET", "POST"]  # the list, and what is to go
    assert names(store, "clips") == ["clips/2026-12-25/kept.age"]


class TestWrongSettings:
    """Said plainly, and never taken for a missing blob."""

    def test_a_wrong_secret(self, s3_place: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        put(blobs.store(), "a.age")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
        store = s3.S3Store.from_url(f"s3://{BUCKET}/{tmp_path.name}")
        for use_of in (lambda: put(store, "b.age"), lambda: store.open("a.age"), lambda: names(store, "clips")):
            with pytest.raises(StoreTrouble, match=r"secret key|denies access"):
                use_of()

    def test_a_key_that_the_store_does_not_know(
        self, s3_place: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "unknown")
        store = s3.S3Store.from_url(f"s3://{BUCKET}/{tmp_path.name}")
        with pytest.raises(StoreTrouble, match="access"):
            put(store, "b.age")

    def test_a_missing_bucket(self, s3_place: S3Server) -> None:
        store = s3.S3Store.from_url("s3://no-such-bucket")
        for use_of in (lambda: put(store, "b.age"), lambda: store.open("a.age")):
            with pytest.raises(StoreTrouble, match="no such bucket"):
                use_of()

    def test_no_credentials_at_all(self, s3_place: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("HOME", "/nonexistent")
        with pytest.raises(StoreTrouble, match="NoCredentials"):
            s3.S3Store.from_url(f"s3://{BUCKET}").open("a.age")


class TestTrouble:
    def test_a_busy_store_is_asked_again(self, line: Line) -> None:
        line.busy = 2
        put(blobs.store(), "a.age")
        assert get(blobs.store(), "a.age") == b"sealed"

    def test_a_store_that_stays_busy_is_trouble(self, line: Line) -> None:
        line.busy = 100
        with pytest.raises(StoreTrouble):
            put(blobs.store(), "a.age")

    def test_a_slow_store_is_waited_for(self, line: Line) -> None:
        line.seconds = 0.2
        put(blobs.store(), "a.age")
        assert get(blobs.store(), "a.age") == b"sealed"

    def test_a_store_that_is_too_slow_is_trouble_within_a_bound(self, line: Line) -> None:
        line.seconds = 1.5
        began = time.monotonic()
        with pytest.raises(StoreTrouble, match="doesn't answer"):
            blobs.store().open("a.age")
        assert time.monotonic() - began < 3 * 1 + 5

    def test_an_answer_that_is_cut_is_asked_for_again(self, line: Line) -> None:
        put(blobs.store(), "a.age", bytes(range(256)))
        line.cut = 2
        assert get(blobs.store(), "a.age") == bytes(range(256))
        line.cut = 100
        with pytest.raises(StoreTrouble, match="breaks off"):
            get(blobs.store(), "a.age")

    def test_a_write_whose_answer_was_lost_counts(self, line: Line) -> None:
        """boto3 sends it again, and the store may say that the name is taken: by this very write."""
        line.lost = 1
        put(blobs.store(), "a.age", b"once")
        assert line.lost == 0
        assert get(blobs.store(), "a.age") == b"once"

    def test_a_store_that_says_that_it_took_what_it_has_not_is_found_out(self, line: Line) -> None:
        line.lies = True
        for size in (100, s3.PART + s3.TAIL + 1):
            with pytest.raises(StoreTrouble):
                put(blobs.store(), "a.age", bytes(size))
        line.lies = False
        assert names(blobs.store(), "a.age") == []
        put(blobs.store(), "a.age")

    def test_a_store_that_keeps_something_else_is_found_out(self, line: Line) -> None:
        line.spoils = True
        with pytest.raises(StoreTrouble):
            put(blobs.store(), "a.age", b"sealed" * 1000)


def test_a_store_that_goes_away_while_it_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing of the blob counts, what was there before is there after, and no log says a name or a key."""
    monkeypatch.setattr(s3, "TRIES", 2)
    caplog.set_level(logging.INFO)
    with s3_servers.serving("rclone", tmp_path / "server") as server:
        server.make_bucket(BUCKET)
        use(server, monkeypatch, settings, tmp_path)
        store = blobs.store()
        put(store, "clips/before.age")
        with store.create("clips/during.age") as writer:
            writer.write(bytes(s3.PART + s3.TAIL + 1))
            server.kill()
            with pytest.raises(StoreTrouble) as raised:
                writer.commit()
        server.start()
        assert names(store, "clips") == ["clips/before.age"]
        put(store, "clips/during.age", b"again")
        assert get(store, "clips/during.age") == b"again"
    for secret in ("during", "before", s3_servers.SECRET, BUCKET):
        assert secret not in str(raised.value)
        assert secret not in caplog.text
    assert raised.value.__cause__ is None and raised.value.__suppress_context__


def test_many_at_once_share_the_connections(s3_place: S3Server, caplog: pytest.LogCaptureFixture) -> None:
    """botocore's pool warns where it has fewer connections than there are threads."""
    store, failed = blobs.store(), []

    def one(number: int) -> None:
        try:
            put(store, f"many/{number}.age", bytes([number]) * 1000)
        except Exception as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(names(store, "many")) == 24
    assert not caplog.text
