"""What an S3 store does beyond what every store does (test_blobs.py)."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from django.core.exceptions import ImproperlyConfigured

from goodfences.vault import blobs, s3
from goodfences.vault.errors import BlobExists, BlobMissing


def test_objects_are_kept_under_the_prefix(s3_bucket: str) -> None:
    with blobs.store().create("clips/a.age") as writer:
        writer.write(b"sealed")
        writer.commit()
    listed = boto3.client("s3").list_objects_v2(Bucket=s3_bucket)["Contents"]
    assert [entry["Key"] for entry in listed] == ["footage/clips/a.age"]


def test_a_store_may_be_a_whole_bucket(s3_bucket: str) -> None:
    store = s3.S3Store.from_url(f"s3://{s3_bucket}")
    with store.create("a.age") as writer:
        writer.commit()
    assert [blob.name for blob in store.blobs("a.age")] == []
    assert boto3.client("s3").list_objects_v2(Bucket=s3_bucket)["KeyCount"] == 1


def test_a_large_blob_is_sent_in_parts_and_read_whole(s3_bucket: str) -> None:
    data = os.urandom(2 * s3.PART + 12_345)
    store = blobs.store()
    with store.create("large.age") as writer:
        for start in range(0, len(data), 1_000_000):
            writer.write(data[start : start + 1_000_000])
        writer.commit()
    assert store.open("large.age").read() == data


def test_a_large_blob_is_never_changed_either(s3_bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "PART", 5 * 1024 * 1024)
    store = blobs.store()
    for expected in (b"1", b"2"):
        with store.create("large.age") as writer:
            writer.write(expected * (6 * 1024 * 1024))
            if expected == b"1":
                writer.commit()
            else:
                with pytest.raises(BlobExists):
                    writer.commit()
    assert store.open("large.age").read(1) == b"1"


def test_a_large_blob_that_was_not_committed_leaves_nothing(s3_bucket: str) -> None:
    with blobs.store().create("large.age") as writer:
        writer.write(bytes(s3.PART + 1))
    assert list(blobs.store().blobs("large.age")) == []
    assert "Uploads" not in boto3.client("s3").list_multipart_uploads(Bucket=s3_bucket)


def test_an_upload_that_a_killed_writer_left_is_swept_when_it_is_old(s3_bucket: str) -> None:
    store = blobs.store()
    store.create("large.age").write(bytes(s3.PART + 1))
    now = datetime.now(UTC)
    assert store.sweep(now - timedelta(hours=1)) == 0
    assert store.sweep(now + timedelta(hours=1)) == 1
    assert store.sweep(now + timedelta(hours=1)) == 0


def test_a_blob_that_goes_while_it_is_read_is_missing(s3_bucket: str) -> None:
    store = blobs.store()
    with store.create("a.age") as writer:
        writer.write(b"sealed")
        writer.commit()
    opened = store.open("a.age")
    store.delete("a.age")
    with pytest.raises(BlobMissing):
        opened.read()


def test_an_address_without_bucket_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="s3://bucket"):
        s3.S3Store.from_url("s3://")
