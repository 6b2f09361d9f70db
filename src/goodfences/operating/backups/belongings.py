"""What of the state folder goes into a backup beside database and footage: keys, what was signed, who was told."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

from django.conf import settings

from goodfences.ledger import actions as ledger
from goodfences.vault.durable import fsync_folder

MOST = 64 << 20
"""Bytes of it all: a few keys and notes."""
SECRET, BEFORE, KEYS, LEDGER, TOLD = "secret_key", "secret_key.before", "keys", "ledger", "legal-demands"


def packed() -> bytes:
    """A tar archive of it."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, path in _files():
            _add(archive, name, path.read_bytes())
        if "GOODFENCES_SECRET_KEY" in os.environ:
            _add(archive, SECRET, settings.SECRET_KEY.encode())
        if "GOODFENCES_SECRET_KEY_BEFORE" in os.environ:
            _add(archive, BEFORE, "\n".join(settings.SECRETS_BEFORE).encode())
    return made.getvalue()


def unpack(content: bytes) -> None:
    """Put it where the settings say, durably, each file readable by this user alone.

    Raises ValueError or TarError, with nothing written, where something else than plain files of ours is in it.
    """
    folders = set()
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        members = archive.getmembers()
        places = [_place(member.name) for member in members]
        if odd := [member.name for member in members if not member.isreg()]:
            raise ValueError(f"{odd[0]!r} is no file.")
        for member, path in zip(members, places, strict=True):
            opened = archive.extractfile(member)
            assert opened is not None
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write(path, opened.read())
            folders |= {path.parent, path.parent.parent}
    for folder in folders:
        fsync_folder(folder)


def told() -> dict[str, str]:
    """The marks that say whom of a silent demand somebody was told, by file name."""
    folder = Path(settings.STATE) / TOLD
    return {path.name: path.read_text() for path in sorted(folder.glob("*.json"))}


def put_told(marks: dict[str, str]) -> None:
    for name, content in marks.items():
        path = _place(f"{TOLD}/{name}")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write(path, content.encode())


def present() -> list[Path]:
    """What of it is here already, as it isn't on an empty machine."""
    return [
        path for path in (Path(settings.KEYS), ledger.checkpoint_path(), Path(settings.STATE) / TOLD) if path.exists()
    ]


def _files() -> list[tuple[str, Path]]:
    found = [(name, Path(settings.STATE) / name) for name in (SECRET, BEFORE)]
    for name, folder in ((KEYS, Path(settings.KEYS)), (TOLD, Path(settings.STATE) / TOLD)):
        found += [(f"{name}/{path.name}", path) for path in sorted(folder.glob("*")) if path.is_file()]
    found.append((f"{LEDGER}/checkpoint", ledger.checkpoint_path()))
    return [(name, path) for name, path in found if path.is_file()]


def _place(name: str) -> Path:
    folder, _, file = name.rpartition("/")
    if file in ("", ".", "..") or folder not in ("", KEYS, LEDGER, TOLD):
        raise ValueError(f"{name!r} is nothing of ours.")
    places = {"": Path(settings.STATE), KEYS: Path(settings.KEYS), LEDGER: Path(settings.LEDGER_STATE)}
    return places.get(folder, Path(settings.STATE) / TOLD) / file


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    facts = tarfile.TarInfo(name)
    facts.size, facts.mode = len(content), 0o600
    archive.addfile(facts, io.BytesIO(content))


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
