"""An agency's own key that a plugin of age holds: a real program on PATH, by the age-plugin protocol."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest

from goodfences.clips.models import Clip
from goodfences.errors import Refused
from goodfences.evidence import agency_keys, opening, tasks
from goodfences.evidence.models import OwnKey, Share, SharedVideo
from goodfences.people.models import Account
from tests.evidence import age_plugin_near as near
from tests.persons import officer

pytestmark = pytest.mark.django_db


class Person:
    """Who sits at the agency's computer; the plugin asks them nothing."""

    def display_message(self, message: str) -> None: ...

    def confirm(self, message: str, yes: str, no: str | None) -> None: ...

    def request_public_string(self, description: str) -> None: ...

    def request_passphrase(self, description: str) -> None: ...


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / f"age-plugin-{near.NAME}"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{near.__file__}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return program


def opened(sealed: bytes, identity: pyrage.x25519.Identity) -> bytes:
    """As the agency opens it, with the plugin on its own machine."""
    named = pyrage.plugin.Identity.from_str(near.identity_of(identity))
    return pyrage.decrypt(sealed, [pyrage.plugin.IdentityPluginV1(near.NAME, [named], Person())])


def set_key(aggie: Account, identity: pyrage.x25519.Identity) -> OwnKey:
    asked = agency_keys.challenge(officer=officer(aggie), recipient=near.recipient_of(identity))
    word = opened(asked.sealed.encode(), identity).decode()
    return agency_keys.confirm(officer=officer(aggie), token=asked.token, word=word)


def test_what_is_shared_is_sealed_to_the_plugins_recipient(
    on_path: Path, aggie: Account, clip: Clip, share_it: Callable[..., Share]
) -> None:
    identity = pyrage.x25519.Identity.generate()
    assert set_key(aggie, identity).recipient.startswith("age1near1")
    share_it(clip)
    tasks.run_due(10)
    sealed = b"".join(opening.sealed_chunks(SharedVideo.objects.get()))
    assert opened(sealed, identity)[4:8] == b"ftyp"
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [identity])


def test_a_plugin_that_is_not_here_is_named(aggie: Account) -> None:
    recipient = near.recipient_of(pyrage.x25519.Identity.generate())
    with pytest.raises(Refused) as refused:
        agency_keys.challenge(officer=officer(aggie), recipient=recipient)
    assert "age-plugin-near can't seal to it here" in str(refused.value.problems)
