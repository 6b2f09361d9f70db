"""Two stores as one: where a blob lies makes no difference to whoever reads, and none is written twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goodfences.bench.s3_servers import S3Server
from goodfences.vault import blobs
from goodfences.vault.blobs import BlobStore
from goodfences.vault.errors import BlobExists, BlobMissing
from goodfences.vault.moving import claim_on
from tests.vault.conftest import BUCKET, use
from tests.vault.test_blobs import get, names, put

pytestmark = pytest.mark.xdist_group("s3")


@pytest.fixture(params=["folder to folder", "S3 to folder"])
def stores(
    request: pytest.FixtureRequest,
    s3_servers_of: Callable[[str], S3Server],
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    tmp_path: Path,
) -> tuple[BlobStore, BlobStore, BlobStore]:
    """Both as one, the new one, the old one."""
    before = str(tmp_path / "before")
    if request.param.startswith("S3"):
        use(s3_servers_of("rclone"), monkeypatch, settings, tmp_path)
        before = f"s3://{BUCKET}/{tmp_path.name}"
    settings.BLOBS, settings.BLOBS_BEFORE = str(tmp_path / "now"), before
    return blobs.store(), blobs.at(settings.BLOBS), blobs.at(before)


Stores = tuple[BlobStore, BlobStore, BlobStore]


def test_what_is_new_goes_to_the_new_one_and_all_is_read(stores: Stores) -> None:
    both, now, before = stores
    put(before, "x/old.age", b"old")
    put(both, "x/new.age", b"new!")
    assert (names(now, "x"), names(before, "x")) == (["x/new.age"], ["x/old.age"])
    assert names(both, "x") == ["x/new.age", "x/old.age"]
    assert sorted(blob.name for blob in both.everything()) == ["x/new.age", "x/old.age"]
    assert (get(both, "x/old.age"), get(both, "x/new.age")) == (b"old", b"new!")
    assert (both.size("x/old.age"), both.size("x/new.age"), both.size("x/none.age")) == (3, 4, None)
    with pytest.raises(BlobMissing):
        both.open("x/none.age")


def test_what_lies_in_the_old_one_counts(stores: Stores) -> None:
    """In the new one lies what came over before it was made anew."""
    both, now, before = stores
    put(now, "a.age", b"older")
    put(before, "a.age", b"new")
    assert (get(both, "a.age"), both.size("a.age")) == (b"new", 3)


def test_a_name_that_is_being_cleared_away_is_not_written(stores: Stores) -> None:
    both, now, _ = stores
    put(now, claim_on("a.age"))
    with pytest.raises(BlobExists, match="cleared away"):
        put(both, "a.age")


def test_a_blob_that_is_in_both_is_listed_once(stores: Stores) -> None:
    both, now, before = stores
    put(before, "x/1/a.age")
    put(now, "x/1/a.age")
    put(now, "x/2/b.age")
    assert names(both, "x") == ["x/1/a.age", "x/2/b.age"]
    assert both.folders("x") == ["x/1", "x/2"]


def test_a_name_that_is_taken_in_the_old_one_is_taken(stores: Stores) -> None:
    both, now, before = stores
    put(before, "a.age", b"first")
    with pytest.raises(BlobExists):
        put(both, "a.age", b"second")
    assert now.size("a.age") is None and get(both, "a.age") == b"first"


def test_deleting_deletes_wherever_it_lies(stores: Stores) -> None:
    both, now, before = stores
    for name in ("x/a.age", "x/b.age", "y/c.age"):
        put(before, name)
        put(now, name)
    both.delete("x/a.age")
    assert (names(now, "x"), names(before, "x")) == (["x/b.age"], ["x/b.age"])
    both.delete_folder("x")
    assert (names(both, "x"), names(both, "y")) == ([], ["y/c.age"])


def test_a_blob_that_comes_over_while_it_is_read_is_read_on(stores: Stores) -> None:
    both, now, before = stores
    put(before, "a.age", b"0123456789")
    opened = both.open("a.age")
    assert opened.read(4) == b"0123"
    put(now, "a.age", b"0123456789")
    before.delete("a.age")
    assert opened.read(3) == b"456"
    assert opened.seek(8) == 8 and opened.read() == b"89"
    opened.close()
