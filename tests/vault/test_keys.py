"""Every thing has a key of its own, and destroying the key is the end of it."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pyrage
import pytest
from django.core.exceptions import ImproperlyConfigured

from goodfences.vault import keys
from goodfences.vault.errors import KeyDestroyed, Tampered
from goodfences.vault.models import SealedKey

pytestmark = pytest.mark.django_db


def seal(key: SealedKey) -> bytes:
    return pyrage.encrypt(b"hello", [keys.recipient(key)])


def test_a_key_opens_what_was_sealed_to_it() -> None:
    key = keys.new_key("clip")
    again = SealedKey.objects.get(pk=key.pk)
    assert again.purpose == "clip"
    assert pyrage.decrypt(seal(key), [keys.identity(again)]) == b"hello"


def test_two_keys_differ() -> None:
    one, two = keys.new_key("clip"), keys.new_key("clip")
    assert one.recipient != two.recipient
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(seal(one), [keys.identity(two)])


def test_the_identity_itself_is_in_no_column() -> None:
    key = keys.new_key("clip")
    secret = str(keys.identity(key)).encode()
    row = b" ".join(
        str(value).encode() + bytes(value or b"") if isinstance(value, bytes | memoryview) else str(value).encode()
        for value in SealedKey.objects.values_list()[0]
    )
    assert secret not in row and secret[20:40] not in row


def test_a_destroyed_key_opens_and_seals_nothing() -> None:
    key = keys.new_key("clip")
    keys.destroy(key)
    assert key.destroyed_at is not None
    assert SealedKey.objects.get(pk=key.pk).sealed_identity is None
    with pytest.raises(KeyDestroyed):
        keys.identity(key)
    with pytest.raises(KeyDestroyed):
        keys.recipient(key)


def test_destroying_again_keeps_the_first_time() -> None:
    key = keys.new_key("clip")
    keys.destroy(key)
    first = key.destroyed_at
    keys.destroy(key)
    assert key.destroyed_at == first


def test_many_keys_are_destroyed_at_once_and_others_stay() -> None:
    one, two, other = (keys.new_key("clip") for _ in range(3))
    keys.destroy_many([one.pk, two.pk])
    assert list(SealedKey.objects.filter(destroyed_at__isnull=True)) == [other]


def test_a_row_that_this_instance_did_not_seal_is_refused() -> None:
    key = keys.new_key("clip")
    foreign = pyrage.x25519.Identity.generate()
    key.sealed_identity = pyrage.encrypt(str(foreign).encode(), [foreign.to_public()])
    with pytest.raises(Tampered, match="master"):
        keys.identity(key)


def test_a_row_whose_recipient_was_exchanged_is_refused() -> None:
    key, other = keys.new_key("clip"), keys.new_key("clip")
    key.recipient = other.recipient
    with pytest.raises(Tampered, match="recipient"):
        keys.identity(key)


def test_the_master_key_is_made_once_and_readable_by_its_user_alone(vault_folders: Path) -> None:
    keys.new_key("clip")
    path = vault_folders / "keys" / keys.MASTER
    first = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    keys._load_master.cache_clear()
    keys.new_key("clip")
    assert path.read_text() == first
    assert [file.name for file in path.parent.iterdir()] == [keys.MASTER]


def test_a_master_key_that_others_can_read_is_refused(vault_folders: Path) -> None:
    keys.new_key("clip")
    (vault_folders / "keys" / keys.MASTER).chmod(0o640)
    keys._load_master.cache_clear()
    with pytest.raises(ImproperlyConfigured, match="chmod 600"):
        keys.new_key("clip")


def test_a_lost_master_key_is_never_silently_replaced(vault_folders: Path) -> None:
    keys.new_key("clip")
    (vault_folders / "keys" / keys.MASTER).unlink()
    keys._load_master.cache_clear()
    with pytest.raises(ImproperlyConfigured, match="backup"):
        keys.new_key("clip")
    assert not (vault_folders / "keys" / keys.MASTER).exists()


def test_a_broken_master_key_is_named(vault_folders: Path) -> None:
    path = vault_folders / "keys" / keys.MASTER
    path.parent.mkdir()
    path.touch(mode=0o600)
    path.write_text("nonsense")
    with pytest.raises(ImproperlyConfigured, match="no age identity"):
        keys.new_key("clip")


def test_starting_twice_at_once_makes_one_master_key(vault_folders: Path) -> None:
    path = vault_folders / "keys" / keys.MASTER
    ready = threading.Barrier(8)

    def start() -> None:
        ready.wait()
        keys._write_master(path)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text().startswith("AGE-SECRET-KEY-1")
    assert [file.name for file in path.parent.iterdir()] == [keys.MASTER]
