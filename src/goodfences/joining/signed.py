"""An agreement with both signatures, as a file that anyone can check without a network. Knows no Django.

The agency signs the statement with an SSH key of its own; the instance signs statement and signature together with a
key for which the ledger's key vouches. So neither side can say later that the other signed something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from goodfences.evidence import signing
from goodfences.evidence.signing import BadSignature
from goodfences.joining import sshsig
from goodfences.joining.sshsig import BadSshSignature
from goodfences_record.notes import SigningKey, VerifierKey

FORMAT = "goodfences-agreement/1"
NAMESPACE = "goodfences-agreement"
_VOUCHER = "goodfences agreement key/1"
_FIELDS = {"format", "statement", "agency_signature", "instance_key", "instance_signature", "voucher"}


class BadAgreement(ValueError):
    """An agreement that isn't signed as it says. Says why."""


@dataclass(frozen=True)
class Checked:
    """What holds: the text that both signed, and the fingerprint of the agency's key."""

    statement: str
    agency_key: str
    instance_key: str


def sign(statement: str, agency_signature: str, *, key: SigningKey, voucher: str) -> dict[str, str]:
    """The file, signed by the instance. Raises BadSshSignature where the agency's signature doesn't hold."""
    sshsig.check(statement.encode(), agency_signature, namespace=NAMESPACE)
    return {
        "format": FORMAT,
        "statement": statement,
        "agency_signature": agency_signature,
        "instance_key": str(key.verifier),
        "instance_signature": signing.sign_bytes(_both(statement, agency_signature), key),
        "voucher": voucher,
    }


def vouch(key: VerifierKey, ledger_key: SigningKey) -> str:
    """The ledger key's word that `key` signs agreements of the same instance."""
    return signing.sign_note(f"{_VOUCHER}\n{key}\n", ledger_key)


def check(document: Mapping[str, Any], *, ledger_key: str) -> Checked:
    """Check both signatures. `ledger_key` comes from somewhere that the file is not. Raises BadAgreement."""
    if not isinstance(document, Mapping) or set(document) != _FIELDS or document["format"] != FORMAT:
        raise BadAgreement(f"It isn't an agreement of the form {FORMAT}.")
    if not all(isinstance(value, str) for value in document.values()):
        raise BadAgreement("Each part of an agreement is a text.")
    statement, by_agency = document["statement"], document["agency_signature"]
    try:
        fingerprint = sshsig.check(statement.encode(), by_agency, namespace=NAMESPACE)
    except BadSshSignature as error:
        raise BadAgreement(f"The agency's signature doesn't hold. {error}") from error
    try:
        lines = signing.open_note(document["voucher"], signing.read_key(ledger_key)).split("\n")
        if len(lines) != 3 or lines[0] != _VOUCHER or lines[1] != document["instance_key"]:
            raise BadSignature("The ledger's key vouches for another key.")
        key = signing.read_key(lines[1])
        signing.check_bytes(_both(statement, by_agency), document["instance_signature"], key)
    except BadSignature as error:
        raise BadAgreement(f"The instance's signature doesn't hold. {error}") from error
    return Checked(statement, fingerprint, str(key))


def _both(statement: str, agency_signature: str) -> bytes:
    return f"{FORMAT}\n{len(statement.encode())}\n{statement}\n{agency_signature}".encode()
