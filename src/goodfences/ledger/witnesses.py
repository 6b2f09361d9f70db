"""Asking witnesses to cosign what we signed, and what they answered. The worker's work, never a part of an act."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import urllib3
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from goodfences import outward, source
from goodfences.ledger import keys, proofs, queries
from goodfences.ledger.models import Cosignature, SignedCheckpoint, WitnessContact
from goodfences.ledger.witness.folder import log_id
from goodfences_record import cosignatures, notes
from goodfences_record.notes import BadNote, VerifierKey
from goodfences_record.witnessing import SIZE_TYPE, Submission

log = logging.getLogger(__name__)

_MAX_ANSWER = 16_384
_REST = timedelta(seconds=5)
_LONGEST_REST = timedelta(hours=1)
_SIZE = re.compile(r"(0|[1-9][0-9]{0,17})\n")


@dataclass(frozen=True)
class Witness:
    """Where a witness takes checkpoints, and the key that it cosigns with."""

    url: str
    key: VerifierKey


class Refuses(Exception):
    """A witness that was reached won't cosign: what it knows contradicts what we signed."""


class Silent(Exception):
    """A witness couldn't be reached, or said nothing that can be used."""


def configured() -> list[Witness]:
    """The witnesses of settings.WITNESSES. Raises ImproperlyConfigured."""
    return [_read(text) for text in settings.WITNESSES]


def ask_due(limit: int) -> int:
    """Ask witnesses that haven't cosigned the newest checkpoint, at most `limit` of them; how many were asked."""
    latest = queries.latest_checkpoint()
    if latest is None or limit < 1:
        return 0
    asked = 0
    for witness in configured():
        contact, _ = WitnessContact.objects.get_or_create(witness=str(witness.key))
        if asked < limit and contact.due_at <= source.now() and not _has_cosigned(witness, latest):
            _ask(witness, contact, latest)
            asked += 1
    return asked


def newest_seen(witness: Witness) -> str:
    """The newest checkpoint of this log that a witness cosigned, as a note; empty where it knows none.

    Raises Silent where it couldn't be asked.
    """
    address = f"{witness.url}/{log_id(keys.origin())}/checkpoint"
    response, content = _asked("GET", address)
    if response.status == 404:
        return ""
    if response.status != 200:
        raise Silent(f"It answered {response.status}.")
    return content


def _has_cosigned(witness: Witness, checkpoint: SignedCheckpoint) -> bool:
    return Cosignature.objects.filter(checkpoint=checkpoint, witness=str(witness.key)).exists()


def _ask(witness: Witness, contact: WitnessContact, latest: SignedCheckpoint) -> None:
    """No transaction is open meanwhile: a slow witness holds up nothing but its own turn."""
    try:
        line = _submit(witness, contact, latest)
    except Refuses as error:
        log.error("The witness %s refuses to cosign: %s", witness.key.name, error)
        _put_off(contact, str(error))
    except Silent as error:
        log.warning("The witness %s could not be asked: %s", witness.key.name, error)
        _put_off(contact, contact.refusal)
    else:
        _keep(witness, contact, latest, line)


def _submit(witness: Witness, contact: WitnessContact, latest: SignedCheckpoint) -> str:
    """The witness's cosignature line. A witness that remembers another size says so, and is asked once more."""
    for _ in range(2):
        if contact.size > latest.size:
            raise Refuses(f"It cosigned {contact.size} entries, and we have signed {latest.size}.")
        grew = 0 < contact.size < latest.size
        proof = proofs.consistency(contact.size, latest.size) if grew else []
        status, kind, body = _post(witness, Submission(contact.size, proof, latest.note).body())
        if status == 200:
            return _line(witness, latest, body)
        if status == 422:
            raise Refuses(f"Our first {contact.size} entries are not those that it cosigned.")
        size = _SIZE.fullmatch(body) if status == 409 and kind == SIZE_TYPE else None
        if size is None:
            raise Silent(f"It answered {status}.")
        if int(size[1]) == contact.size:
            raise Refuses(f"It cosigned another log of {contact.size} entries.")
        contact.size = int(size[1])
    raise Silent("It changed its mind while it was asked.")


def _line(witness: Witness, latest: SignedCheckpoint, body: str) -> str:
    try:
        text, _ = notes.split(latest.note)
        ours = [one for one in notes.parse_signatures(body) if one.is_of(witness.key)]
        for signature in ours:
            cosignatures.cosigned_at(text, signature, witness.key)
    except BadNote as error:
        raise Silent(str(error)) from error
    if not ours:
        raise Silent("It answered with no signature of its key.")
    return ours[0].line()


def _post(witness: Witness, body: str) -> tuple[int, str, str]:
    """Status, content type and text of its answer."""
    headers = {"Content-Type": "text/plain; charset=utf-8", "Accept-Encoding": "identity", "User-Agent": "Goodfences"}
    response, content = _asked("POST", f"{witness.url}/add-checkpoint", body=body.encode(), headers=headers)
    return response.status, response.headers.get("Content-Type", ""), content


def _asked(method: str, address: str, **given: Any) -> tuple[BaseHTTPResponse, str]:
    """What a witness answered, and its text. Raises Silent where it couldn't be asked."""
    try:
        response = _pool().request(method, address, redirect=False, preload_content=False, **given)
        try:
            content = outward.read(response, _MAX_ANSWER)
        finally:
            # Not given back to the pool: what wasn't read would be the next answer's beginning.
            response.close()
    except (HTTPError, OSError) as error:
        raise Silent(type(error).__name__) from error
    return response, content.decode("utf-8", "replace")


def _keep(witness: Witness, contact: WitnessContact, latest: SignedCheckpoint, line: str) -> None:
    text, _ = notes.split(latest.note)
    (signature,) = notes.parse_signatures(line)
    at = datetime.fromtimestamp(cosignatures.cosigned_at(text, signature, witness.key), UTC)
    try:
        with transaction.atomic():
            Cosignature.objects.create(checkpoint=latest, witness=str(witness.key), line=line, at=at)
    except IntegrityError:
        return  # Another worker asked at the same time, and keeps what it was told.
    contact.size, contact.failures, contact.refusal = latest.size, 0, ""
    contact.due_at = source.now() + _REST
    contact.save()


def _put_off(contact: WitnessContact, refusal: str) -> None:
    contact.failures += 1
    contact.refusal = refusal[:300]
    contact.due_at = source.now() + min(_REST * 2 ** min(contact.failures, 12), _LONGEST_REST)
    contact.save()


@cache
def _pool() -> urllib3.PoolManager:
    return outward.pool(lambda: settings.WITNESSES_ANYWHERE)


def _read(text: str) -> Witness:
    url, _, key = text.strip().partition(" ")
    url = url.rstrip("/")
    if not outward.is_fine(url, anywhere=settings.WITNESSES_ANYWHERE, any_port=True):
        raise ImproperlyConfigured(f"GOODFENCES_WITNESSES: {url!r} isn't https at a public name.")
    try:
        return Witness(url, cosignatures.witness_key(key))
    except BadNote as error:
        raise ImproperlyConfigured(f"GOODFENCES_WITNESSES: write each as URL KEY. {error}") from error
