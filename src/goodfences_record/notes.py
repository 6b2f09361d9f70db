"""Signed notes and checkpoints by C2SP (signed-note, tlog-checkpoint), with Ed25519. Knows no database."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from goodfences_record.merkle import HASH_BYTES

ED25519 = b"\x01"
COSIGNER = b"\x04"
"""What a key signs: notes as they are (a log's key), or with the time of signing (a witness's; see cosignatures)."""
_NAME = re.compile(r"[^\s+\x00-\x1f]+")
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_PRIVATE = "PRIVATE+KEY+"
MAX_NOTE = 16_384


class BadNote(ValueError):
    """A note, key or checkpoint that can't be trusted. Says why."""


def b64(raw: bytes) -> str:
    """Standard base64 (RFC 4648, section 4)."""
    return base64.b64encode(raw).decode("ascii")


def unb64(text: str, what: str) -> bytes:
    """The bytes of standard base64 in its one canonical spelling. Raises BadNote naming `what`."""
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise BadNote(f"{what} is not base64.") from error
    if b64(raw) != text:
        raise BadNote(f"{what} is not written as base64 should be.")
    return raw


@dataclass(frozen=True)
class VerifierKey:
    """The public key of a log or a witness: who it is (`name`) and what it signs with."""

    name: str
    public: bytes
    kind: bytes = ED25519

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256(name, newline, type, key) (signed-note, "Signatures")."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{b64(self.kind + self.public)}"

    @classmethod
    def parse(cls, text: str, kind: bytes = ED25519) -> VerifierKey:
        """Reads `name+hash+base64` of a key of this kind. Raises BadNote."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3 or not _NAME.fullmatch(parts[0]):
            raise BadNote("The public key isn't of the form name+hash+base64.")
        key = cls(parts[0], _key_bytes(parts[2], "The public key", kind), kind)
        if key.key_id.hex() != parts[1]:
            raise BadNote("The public key's short hash doesn't belong to its name and key.")
        return key


@dataclass(frozen=True)
class SigningKey:
    """The private key of a log or a witness, written as `PRIVATE+KEY+name+hash+base64`."""

    name: str
    private: Ed25519PrivateKey
    kind: bytes = ED25519

    @classmethod
    def new(cls, name: str, kind: bytes = ED25519) -> SigningKey:
        """A new key. Raises BadNote if `name` has spaces or a plus, which notes don't allow."""
        if not _NAME.fullmatch(name):
            raise BadNote(f"{name!r} can't name a log: leave out spaces and plus signs.")
        return cls(name, Ed25519PrivateKey.generate(), kind)

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw(), self.kind)

    def __str__(self) -> str:
        return (
            f"{_PRIVATE}{self.name}+{self.verifier.key_id.hex()}+{b64(self.kind + self.private.private_bytes_raw())}"
        )

    @classmethod
    def parse(cls, text: str, kind: bytes = ED25519) -> SigningKey:
        """Raises BadNote, without the key in its words."""
        text = text.strip()
        parts = text.removeprefix(_PRIVATE).split("+", 2)
        if not text.startswith(_PRIVATE) or len(parts) != 3:
            raise BadNote("The signing key isn't of the form PRIVATE+KEY+name+hash+base64.")
        seed = _key_bytes(parts[2], "The signing key", kind)
        key = cls(parts[0], Ed25519PrivateKey.from_private_bytes(seed), kind)
        if key.verifier.key_id.hex() != parts[1]:
            raise BadNote("The signing key's short hash doesn't belong to its name and key.")
        return key


@dataclass(frozen=True)
class Checkpoint:
    """The state of a log: whose it is, how many leaves it has, and the hash over all of them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """What is signed (tlog-checkpoint, "Note text"); no extension lines."""
        return f"{self.origin}\n{self.size}\n{b64(self.root)}\n"


def sign(text: str, key: SigningKey) -> str:
    """The text, which ends in a newline, as a note with one signature.

    Ed25519 is deterministic: the same text gives the same note.
    """
    return f"{text}\n— {key.name} {b64(key.verifier.key_id + key.private.sign(text.encode()))}\n"


def open_note(note: str, key: VerifierKey) -> str:
    """The text of `note`, if `key` signed it. Raises BadNote.

    Lines of signers that aren't known (witnesses, older keys) are passed over, as signed-note demands.
    """
    text, signatures = split(note)
    # Each line of this key is looked at, not the first alone: one that doesn't hold is never passed over.
    ours = [_holds(signature, text, key) for signature in signatures if signature.is_of(key)]
    if not ours:
        raise BadNote(f"The checkpoint isn't signed by {key.name}.")
    return text


@dataclass(frozen=True)
class Signature:
    """A line below a note: who is said to have signed, the short hash of their key, and what they wrote."""

    name: str
    key_id: bytes
    raw: bytes

    def is_of(self, key: VerifierKey) -> bool:
        """Whether it says that this key made it."""
        return self.name == key.name and self.key_id == key.key_id

    def line(self) -> str:
        return f"— {self.name} {b64(self.key_id + self.raw)}\n"


def split(note: str) -> tuple[str, list[Signature]]:
    """A note's text, which ends in a newline, and its signatures, of which none was checked. Raises BadNote."""
    if len(note) > MAX_NOTE:
        raise BadNote(f"The checkpoint is longer than {MAX_NOTE} characters.")
    if any(character < " " and character != "\n" for character in note):
        raise BadNote("The checkpoint holds a control character.")
    text, found, signatures = note.rpartition("\n\n")
    if not found or not signatures.endswith("\n"):
        raise BadNote("The checkpoint isn't a signed note.")
    return f"{text}\n", parse_signatures(signatures)


def parse_signatures(lines: str) -> list[Signature]:
    """Signature lines, each ending in a newline. Raises BadNote."""
    return [_signature(line) for line in lines[:-1].split("\n")]


def open_checkpoint(note: str, key: VerifierKey) -> Checkpoint:
    """The checkpoint in `note`, if `key` signed it for the log of its own name. Raises BadNote."""
    return parse_checkpoint(open_note(note, key), key.name)


def ed25519_holds(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether this key signed this message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _signature(line: str) -> Signature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—":
        raise BadNote("The checkpoint has a line among its signatures that isn't one.")
    raw = unb64(parts[2], "A signature of the checkpoint")
    return Signature(parts[1], raw[:4], raw[4:])


def _holds(signature: Signature, text: str, key: VerifierKey) -> bool:
    if not ed25519_holds(key.public, signature.raw, text.encode()):
        raise BadNote(f"The signature of {key.name} doesn't belong to this checkpoint.")
    return True


def parse_checkpoint(text: str, origin: str | None = None) -> Checkpoint:
    """What a note's text says, of the log `origin` where one is given. Raises BadNote."""
    lines = text.split("\n")
    if len(lines) < 4 or not all(lines[:-1]):
        raise BadNote("The checkpoint lacks a line: it needs origin, size and root.")
    if origin is not None and lines[0] != origin:
        raise BadNote(f"The checkpoint is of the log {lines[0]!r}, not of {origin!r}.")
    if not _SIZE.fullmatch(lines[1]):
        raise BadNote(f"The checkpoint's size is {lines[1]!r}, not a number.")
    root = unb64(lines[2], "The checkpoint's root")
    if len(root) != HASH_BYTES:
        raise BadNote(f"The checkpoint's root has {len(root)} bytes, not {HASH_BYTES}.")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root)


def _key_bytes(text: str, what: str, kind: bytes) -> bytes:
    raw = unb64(text, what)
    if len(raw) != 33 or raw[:1] != kind:
        raise BadNote(f"{what} isn't an Ed25519 key{' of a witness' if kind == COSIGNER else ''}.")
    return raw[1:]
