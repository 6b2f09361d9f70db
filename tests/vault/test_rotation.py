"""A new master key: everything opens all the while, wherever it is cut off, and the old key opens nothing then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyrage
import pytest

from goodfences import source
from goodfences.vault import keys, rotation
from goodfences.vault.errors import KeyDestroyed, Tampered
from goodfences.vault.models import SealedKey

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def made() -> list[tuple[SealedKey, str]]:
    """Keys, and what each is."""
    found = [keys.new_key("clip") for _ in range(5)]
    return [(key, str(keys.identity(key))) for key in found]


@pytest.fixture
def old(vault_folders: Path, made: list[tuple[SealedKey, str]]) -> pyrage.x25519.Identity:
    return keys.read_master(vault_folders / "keys" / keys.MASTER)


def opens(made: list[tuple[SealedKey, str]]) -> bool:
    return all(str(keys.identity(SealedKey.objects.get(pk=key.pk))) == secret for key, secret in made)


def later() -> source.SystemSource:
    class Later(source.SystemSource):
        def now(self) -> object:  # type: ignore[override]
            return super().now() + rotation.GRACE + timedelta(seconds=1)

    return Later()


def test_everything_opens_and_the_old_key_opens_nothing(
    vault_folders: Path, made: list[tuple[SealedKey, str]], old: pyrage.x25519.Identity
) -> None:
    assert rotation.rotate() == 5
    assert opens(made) and rotation.under_way()
    for sealed in SealedKey.objects.values_list("sealed_identity", flat=True):
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(bytes(sealed or b""), [old])
    assert rotation.finish_due() == 0 and rotation.under_way()
    with source.using(later()):
        rotation.finish_due()
    assert not rotation.under_way() and opens(made)
    assert [path.name for path in (vault_folders / "keys").iterdir()] == [keys.MASTER]


def test_a_key_that_was_drafted_before_and_saved_after_is_not_lost(made: list[tuple[SealedKey, str]]) -> None:
    drafted = keys.draft_key("clip")
    secret = str(keys.identity(drafted))
    rotation.rotate()
    drafted.save()
    assert opens([*made, (drafted, secret)])
    with source.using(later()):
        assert rotation.finish_due() == 1
    assert opens([*made, (drafted, secret)])


@pytest.mark.parametrize("where", ["os.link", "keys.write_identity", "fsync_folder", "_seal_one", "_end"])
def test_it_goes_on_where_it_was_cut_off(
    made: list[tuple[SealedKey, str]], where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each step that leaves something behind."""
    name = f"goodfences.vault.rotation.{where}"
    calls = 0

    def then_die(real: Callable[..., object]) -> Callable[..., object]:
        def run(*given: object, **more: object) -> object:
            nonlocal calls
            calls += 1
            done = real(*given, **more)
            if calls == (3 if where == "_seal_one" else 1):
                raise Killed
            return done

        return run

    def do() -> None:
        with source.using(later()):
            rotation.rotate()

    with monkeypatch.context() as cut:
        attribute = name.rpartition(".")[2]
        target = {"os.link": rotation.os, "keys.write_identity": keys}.get(where, rotation)
        cut.setattr(target, attribute, then_die(getattr(target, attribute)))
        with pytest.raises(Killed):
            do()
    assert opens(made)
    do()
    assert opens(made)


def test_a_key_that_is_destroyed_meanwhile_stays_destroyed(
    made: list[tuple[SealedKey, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = rotation._opens
    key = made[2][0]

    def destroyed_between(sealed: bytes, identity: object) -> bool:
        keys.destroy(key)
        return real(sealed, identity)

    monkeypatch.setattr(rotation, "_opens", destroyed_between)
    rotation.rotate()
    with pytest.raises(KeyDestroyed):
        keys.identity(SealedKey.objects.get(pk=key.pk))


def test_a_key_that_neither_opens_keeps_the_old_master(made: list[tuple[SealedKey, str]]) -> None:
    foreign = pyrage.x25519.Identity.generate()
    SealedKey.objects.filter(pk=made[0][0].pk).update(sealed_identity=pyrage.encrypt(b"x", [foreign.to_public()]))
    with pytest.raises(Tampered), source.using(later()):
        rotation.rotate()
    assert rotation.under_way() and opens(made[1:])
