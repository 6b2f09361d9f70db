"""The agency's own key: what is shared from then on is sealed to it, and nobody here can open it.

An agency's admin names an age recipient and shows that somebody of theirs holds its identity, by opening a word
that was sealed to it: a typing error would else lock the agency out. Earlier videos stay as they were sealed.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

import pyrage
from django.core import signing
from django.db import transaction

from goodfences import source
from goodfences.agencies import access as agencies
from goodfences.agencies.log import record
from goodfences.agencies.models import Agency, AgencyAct, Officer
from goodfences.errors import refuse
from goodfences.evidence.models.shared_video import OwnKey

Kind = AgencyAct.Kind
LASTS_S = 3600
"""How long a word can be brought back."""

_SALT = "goodfences.evidence.agency_key"
_SHOWN = 16


@dataclass(frozen=True)
class Challenge:
    """A word sealed to the recipient, as an armored age file, and what the answer is checked with."""

    sealed: str
    token: str


def in_force(agency: Agency) -> OwnKey | None:
    """The agency's own key, where it has one."""
    return OwnKey.objects.filter(agency=agency, ended_at__isnull=True).select_related("set_by").first()


def recipient_of(text: str) -> Any:
    """The pyrage recipient that `text` names: X25519, or that of a plugin whose program is on this machine.

    Raises Refused for anything else.
    """
    text = text.strip()
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except (pyrage.RecipientError, ValueError):
        pass
    try:
        named = pyrage.plugin.Recipient.from_str(text)
    except (pyrage.RecipientError, ValueError) as error:
        message = (
            "This isn't an age recipient that this instance can seal to. Write it as age-keygen prints it: age1…, or "
            "that of a plugin that the operator has installed. Never bring the secret key itself."
        )
        raise refuse("key.recipient", "recipient", message) from error
    return _of_plugin(named)


def _of_plugin(named: Any) -> Any:
    program = f"age-plugin-{named.plugin()}"
    try:
        found = pyrage.plugin.RecipientPluginV1(named.plugin(), [named], [], _Silent())
        pyrage.encrypt(b"", [found])
    # The library and what it starts fail in ways of their own; each says that it can't be used here.
    except Exception as error:
        message = (
            f"This recipient is a plugin's, and {program} can't seal to it here. The operator has to install it."
        )
        raise refuse("key.plugin", "recipient", message, value=program) from error
    return found


def challenge(*, officer: Officer, recipient: str) -> Challenge:
    """A word that only the holder of `recipient`'s key can read. Raises Refused, and NotFound for other roles."""
    admin = agencies.admin_of(officer.account_id)
    named = recipient_of(recipient)
    # Not from goodfences.source: what shows who holds a key must never be repeatable.
    word = secrets.token_hex(8)
    kept = {"agency": admin.agency.ref, "recipient": recipient.strip(), "word": _digest(word)}
    sealed = pyrage.encrypt(f"{word}\n".encode(), [named], armored=True).decode()
    return Challenge(sealed, signing.dumps(kept, salt=_SALT))


@transaction.atomic
def confirm(*, officer: Officer, token: str, word: str) -> OwnKey:
    """Seal to this key from now on. Raises Refused where the word isn't the one, NotFound for other roles."""
    admin = agencies.admin_of(officer.account_id)
    try:
        kept = signing.loads(token, salt=_SALT, max_age=LASTS_S)
    except signing.BadSignature as error:
        raise refuse("key.late", "word", "That took too long. Name the recipient again.") from error
    if kept["agency"] != admin.agency.ref or not hmac.compare_digest(kept["word"], _digest(word.strip())):
        raise refuse("key.word", "word", "This isn't the word. Open the text with the key, and copy what it says.")
    _end(admin)
    made = OwnKey.objects.create(agency=admin.agency, recipient=kept["recipient"], set_by=admin)
    record(Kind.KEY_SET, agency=admin.agency, officer=admin, about=_shown(made))
    return made


@transaction.atomic
def end(*, officer: Officer) -> None:
    """Seal to the key that this instance holds for the agency again. Twice is once. NotFound for other roles."""
    _end(agencies.admin_of(officer.account_id))


def _end(admin: Officer) -> None:
    held = in_force(admin.agency)
    if held is None:
        return
    held.ended_at = source.now()
    held.save(update_fields=["ended_at"])
    record(Kind.KEY_ENDED, agency=admin.agency, officer=admin, about=_shown(held))


def _shown(key: OwnKey) -> str:
    return f"{key.recipient[:_SHOWN]}…"


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


class _Silent:
    """What a plugin may say or ask while it seals; nobody sits here to answer."""

    def display_message(self, message: str) -> None: ...

    def confirm(self, message: str, yes: str, no: str | None) -> bool | None:
        return None

    def request_public_string(self, description: str) -> str | None:
        return None

    def request_passphrase(self, description: str) -> str | None:
        return None
