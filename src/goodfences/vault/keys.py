"""Keys: one for each sealed thing, all of them sealed to the instance's master key.

Destroying a thing's key destroys the thing, wherever copies of its sealed file went (P7). The master key is one
file, KEYS/master.age; whoever has it and the database can open everything that wasn't destroyed, so it is
kept out of the database and its backups.
"""

from __future__ import annotations

import os
import stat
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyrage
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from goodfences import source
from goodfences.vault.durable import fsync_folder
from goodfences.vault.errors import KeyDestroyed, Tampered
from goodfences.vault.models import SealedKey

MASTER = "master.age"
PREVIOUS = "master.previous.age"
"""While keys are sealed anew (`vault.rotation`) it still opens those that aren't yet."""


def new_key(purpose: str) -> SealedKey:
    """A new key, saved. `purpose` says in a word what it seals (`clip`, `agency`)."""
    key = draft_key(purpose)
    key.save()
    return key


def draft_key(purpose: str) -> SealedKey:
    """A new key that seals and opens already and that the caller saves, in the transaction that needs it."""
    # Made by age itself and not by goodfences.source: a key must never be repeatable.
    identity = pyrage.x25519.Identity.generate()
    return SealedKey(
        purpose=purpose,
        recipient=str(identity.to_public()),
        sealed_identity=pyrage.encrypt(str(identity).encode(), [_master().to_public()]),
    )


def identity(key: SealedKey) -> Any:
    """The pyrage identity that opens what `key` sealed.

    Raises KeyDestroyed after `destroy`, and Tampered where the row is not one that this instance sealed.
    """
    if key.sealed_identity is None:
        raise KeyDestroyed("This key was destroyed.")
    try:
        secret = pyrage.decrypt(bytes(key.sealed_identity), list(_masters()))
        opened = pyrage.x25519.Identity.from_str(secret.decode())
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise Tampered("This key wasn't sealed by this instance's master key.") from error
    if str(opened.to_public()) != key.recipient:
        raise Tampered("This key's recipient isn't its own.")
    return opened


def recipient(key: SealedKey) -> Any:
    """The pyrage recipient to seal to. Raises KeyDestroyed: nothing is sealed so that nobody can open it."""
    if key.sealed_identity is None:
        raise KeyDestroyed("This key was destroyed.")
    return pyrage.x25519.Recipient.from_str(key.recipient)


def destroy(key: SealedKey) -> None:
    """Empty the key: what it sealed is gone for good. Destroying it again changes nothing."""
    SealedKey.objects.filter(pk=key.pk, destroyed_at__isnull=True).update(
        sealed_identity=None, destroyed_at=source.now()
    )
    key.refresh_from_db()


def destroy_many(key_ids: list[int]) -> None:
    """`destroy` for many keys in one statement."""
    SealedKey.objects.filter(pk__in=key_ids, destroyed_at__isnull=True).update(
        sealed_identity=None, destroyed_at=source.now()
    )


def master_file() -> Path:
    """Where the master key lies."""
    return Path(settings.KEYS) / MASTER


def _master() -> Any:
    return _masters()[0]


def _masters() -> tuple[Any, ...]:
    """What keys are sealed to, and after it what some may be sealed to still."""
    folder = Path(settings.KEYS)
    return _load_master(folder, _mark(folder), _mark(folder / MASTER))


def _mark(path: Path) -> tuple[int, int]:
    """Another one when another process puts a new key there, which counts at once."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns


@lru_cache(maxsize=4)
def _load_master(folder: Path, *_marks: tuple[int, int]) -> tuple[Any, ...]:
    path = folder / MASTER
    if not path.exists():
        _make_master(path)
    previous = folder / PREVIOUS
    return tuple(read_master(file) for file in (path, previous) if file.exists())


def read_master(path: Path) -> Any:
    """The identity in a key file. Raises ImproperlyConfigured where it holds none, or others can read it."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ImproperlyConfigured(f"{path} can be read by others. Make it yours alone: chmod 600 {path}")
    try:
        return pyrage.x25519.Identity.from_str(path.read_text().strip())
    except pyrage.IdentityError as error:
        raise ImproperlyConfigured(f"{path} holds no age identity. Restore it from its backup.") from error


def _make_master(path: Path) -> None:
    # A new key beside rows sealed to a lost one would hide the loss until somebody wants to see a clip.
    if SealedKey.objects.filter(sealed_identity__isnull=False).exists() and not path.exists():
        raise ImproperlyConfigured(f"{path} is missing, and keys are sealed to it. Restore it from its backup.")
    _write_master(path)


def _write_master(path: Path) -> None:
    """Make the master key once, even where two processes start together, and durably."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{MASTER}.{os.getpid()}.{threading.get_ident()}")
    write_identity(draft)
    try:
        os.link(draft, path)  # fails where another process was first: its key then counts
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    fsync_folder(path.parent)
    fsync_folder(path.parent.parent)


def write_identity(path: Path) -> None:
    """A new age identity in a file, on the disk when this returns, readable by this user alone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{pyrage.x25519.Identity.generate()}\n")
        file.flush()
        os.fsync(file.fileno())
