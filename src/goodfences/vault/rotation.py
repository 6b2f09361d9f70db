"""A new master key, while the instance runs: every key is sealed to it, and the old one is destroyed.

Each step can be cut off, and is gone on with by the same call:

    1. the old key gets a second name, `master.previous.age`
    2. a new one takes the name `master.age`: from here on new keys are sealed to it, and both open
    3. every key that the old one opens is sealed to the new one
    4. an hour later, by the same call or by the worker, the old one is overwritten and deleted: until then a key may
       be saved that was drafted before step 2

What was sealed stays as it is: its own key doesn't change.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import timedelta

import pyrage

from goodfences import source
from goodfences.vault import keys
from goodfences.vault.durable import fsync_folder
from goodfences.vault.errors import Tampered
from goodfences.vault.models import SealedKey

GRACE = timedelta(hours=1)
_BATCH = 500


def under_way() -> bool:
    """Whether a rotation was begun and isn't over."""
    return keys.master_file().with_name(keys.PREVIOUS).exists()


def rotate(told: Callable[[int], None] = lambda _done: None) -> int:
    """Begin, or go on; how many keys were sealed anew. `told` hears how many there were so far.

    Raises Tampered where a key opens with neither; the old master key is kept then.
    """
    keys.draft_key("rotation")  # makes the first master key, where there is none
    _begin()
    return _go_on(told)


def finish_due() -> int:
    """The worker's part: go on with what was begun once its hour is over."""
    return _go_on(lambda _done: None) if under_way() and _is_over() else 0


def _go_on(told: Callable[[int], None]) -> int:
    over = _is_over()
    done = 0
    while found := _seal_anew(done, told):
        done += found
    if over:
        _end()
    return done


def _is_over() -> bool:
    begun_at = keys.master_file().stat().st_mtime
    return source.now().timestamp() - begun_at > GRACE.total_seconds()


def _begin() -> None:
    path = keys.master_file()
    previous = path.with_name(keys.PREVIOUS)
    if not previous.exists():
        os.link(path, previous)
        fsync_folder(path.parent)
    if previous.read_bytes() != path.read_bytes():
        return
    for left in path.parent.glob(f"{keys.MASTER}.*"):
        left.unlink()  # of a call that was killed here
    draft = path.with_name(f"{keys.MASTER}.{os.getpid()}.{threading.get_ident()}")
    keys.write_identity(draft)
    draft.replace(path)
    fsync_folder(path.parent)


def _seal_anew(so_far: int, told: Callable[[int], None]) -> int:
    """One look at every key. New ones may be sealed to the old master key until all processes have seen the new."""
    path = keys.master_file()
    new, old = keys.read_master(path), keys.read_master(path.with_name(keys.PREVIOUS))
    after = done = 0
    while True:
        rows = SealedKey.objects.filter(pk__gt=after, destroyed_at__isnull=True).order_by("pk")
        batch = list(rows.values_list("pk", "sealed_identity")[:_BATCH])
        if not batch:
            return done
        for pk, stored in batch:
            sealed = bytes(stored or b"")
            if not _opens(sealed, new):
                done += _seal_one(pk, sealed, old, new)
        after = batch[-1][0]
        told(so_far + done)


def _opens(sealed: bytes, identity: object) -> bool:
    try:
        pyrage.decrypt(sealed, [identity])
    except pyrage.DecryptError:
        return False
    return True


def _seal_one(pk: int, sealed: bytes, old: object, new: pyrage.x25519.Identity) -> int:
    try:
        secret = pyrage.decrypt(sealed, [old])
    except pyrage.DecryptError as error:
        raise Tampered(f"Key {pk} opens with neither master key. The old one is kept.") from error
    # Unless it was destroyed since it was read: it must not come back.
    anew = pyrage.encrypt(secret, [new.to_public()])
    return SealedKey.objects.filter(pk=pk, destroyed_at__isnull=True).update(sealed_identity=anew)


def _end() -> None:
    previous = keys.master_file().with_name(keys.PREVIOUS)
    with previous.open("r+b") as file:
        file.write(bytes(previous.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    previous.unlink()
    fsync_folder(previous.parent)
