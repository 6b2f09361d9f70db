"""A backup that somebody else wrote: nothing leads out of its folder, and nothing unpacks without an end."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest

from goodfences.operating.backups import belongings, pipes, recent
from goodfences.operating.backups.shelf import FORMAT, LIST, MANIFEST, Backup, Shelf, Unusable

IDENTITY = pyrage.x25519.Identity.generate()


class Zeros:
    """As many as anybody reads."""

    def __init__(self, count: int) -> None:
        self.left = count

    def read(self, size: int = -1, /) -> bytes:
        size = min(size, self.left)
        self.left -= size
        return bytes(size)


def sealed(path: Path, content: Any) -> Path:
    pipes.seal(path, pipes.Pressed(content), [IDENTITY.to_public()])
    return path


def listing(folder: Path, *lines: bytes) -> Backup:
    (folder / LIST).write_bytes(gzip.compress(b"\n".join(lines)))
    return Backup(folder, {})


def line(**changed: Any) -> bytes:
    known = {"name": "clips/a.age", "lies": "clips/a.age.1", "size": 1, "modified": "", "sha256": ""}
    return json.dumps(known | changed).encode()


@pytest.mark.parametrize("name", ["../../etc/shadow", "/etc/shadow", "a/../../b", "", ".incoming/x", "a\0b"])
@pytest.mark.parametrize("what", ["name", "lies"])
def test_a_listed_file_lies_in_its_folder(tmp_path: Path, what: str, name: str) -> None:
    assert [one.name for one in listing(tmp_path, line()).kept()] == ["clips/a.age"]
    with pytest.raises(Unusable, match="isn't a list"):
        list(listing(tmp_path, line(), line(**{what: name})).kept())


@pytest.mark.parametrize("odd", [b"[" * 60_000, b"[]", b"{}", b"\xff", b'{"name": "' + b"x" * 50_000_000])
def test_a_list_that_is_none_is_refused_before_it_fills_memory(tmp_path: Path, odd: bytes) -> None:
    with pytest.raises(Unusable, match="isn't a list"):
        list(listing(tmp_path, odd).kept())


@pytest.mark.parametrize("files", [{}, {"../../x": {}}, {"database.age": {}, "state.age": {}}])
def test_a_manifest_names_its_three_files_and_no_other(tmp_path: Path, files: dict[str, Any]) -> None:
    folder = tmp_path / "backups" / "20261126T020000Z"
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_text(json.dumps({"format": FORMAT, "files": files}))
    with pytest.raises(Unusable, match="isn't a backup"):
        Shelf(tmp_path).find()


def test_what_unpacks_without_an_end_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = sealed(tmp_path / "state.age", Zeros(belongings.MOST + 1))
    assert bomb.stat().st_size < belongings.MOST // 100
    with pytest.raises(Unusable, match="unpacks to more than 64 MB"):
        pipes.in_memory(bomb, IDENTITY, belongings.MOST)
    monkeypatch.setattr(recent, "MOST", 1 << 20)
    (tmp_path / "recent").mkdir()
    sealed(tmp_path / "recent" / "20261126T021500Z.age", Zeros(2 << 20))
    with pytest.raises(Unusable, match="unpacks to more than 1 MB"):
        recent.read(Shelf(tmp_path), datetime(2026, 11, 26, tzinfo=UTC), IDENTITY)


ODD = {
    "a link": ("keys/master", tarfile.SYMTYPE),
    "a hard link": ("keys/master", tarfile.LNKTYPE),
    "a folder": ("keys/master", tarfile.DIRTYPE),
    "a device": ("keys/master", tarfile.CHRTYPE),
    "a way up": ("keys/../../authorized_keys", tarfile.REGTYPE),
    "another folder": ("etc/passwd", tarfile.REGTYPE),
    "the root": ("/etc/passwd", tarfile.REGTYPE),
}


@pytest.mark.parametrize("kind", ODD)
def test_nothing_is_unpacked_where_one_thing_is_not_ours(kind: str, tmp_path: Path, settings: Any) -> None:
    settings.STATE, settings.KEYS, settings.LEDGER_STATE = tmp_path / "s", tmp_path / "s/keys", tmp_path / "s/ledger"
    name, sort = ODD[kind]
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("secret_key"))
        odd = tarfile.TarInfo(name)
        odd.type, odd.linkname = sort, "/etc/shadow"
        archive.addfile(odd)
    with pytest.raises((ValueError, tarfile.TarError)):
        belongings.unpack(made.getvalue())
    with pytest.raises(tarfile.TarError):
        belongings.unpack(gzip.compress(made.getvalue()))
    assert not (tmp_path / "s").exists()
