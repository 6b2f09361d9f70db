"""The header of an age v1 file: from it and an X25519 identity comes the key of the payload.

Specification: C2SP age.md (https://c2sp.org/age), sections "Header", "X25519 recipient stanza" and "Payload".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from goodfences.vault import bech32
from goodfences.vault.errors import Tampered, WrongKey

VERSION_LINE = b"age-encryption.org/v1\n"
NONCE_SIZE = 16
MAX_HEADER = 64 * 1024
"""A header of ours has about 230 bytes; whatever doesn't end by here isn't a header."""

_FILE_KEY_SIZE = 16
_COLUMNS = 64
_IDENTITY_PREFIX = "age-secret-key-"


class RawReader(Protocol):
    """The sealed bytes: a file, or anything that seeks and reads like one."""

    def read(self, size: int = -1, /) -> bytes: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...


@dataclass(frozen=True)
class Stanza:
    """One recipient's stanza: its arguments (the first is the type) and its body."""

    arguments: tuple[bytes, ...]
    body: bytes


@dataclass(frozen=True)
class Header:
    """A parsed header. `authenticated` is what the MAC covers; `size` is where the payload's nonce starts."""

    stanzas: tuple[Stanza, ...]
    authenticated: bytes
    mac: bytes
    size: int


class _Lines:
    """Lines of `raw`, read in one go: a header is small and a store may be far away."""

    def __init__(self, raw: RawReader) -> None:
        self._data = raw.read(MAX_HEADER)
        self.position = 0

    def next(self) -> bytes:
        end = self._data.find(b"\n", self.position)
        if end < 0:
            raise Tampered("The header of this age file is cut short.")
        line = self._data[self.position : end]
        self.position = end + 1
        return line

    def so_far(self, end: int) -> bytes:
        return self._data[:end]


def parse(raw: RawReader) -> Header:
    """Read the header at the start of `raw`. Raises Tampered where it isn't one."""
    raw.seek(0)
    lines = _Lines(raw)
    if lines.next() + b"\n" != VERSION_LINE:
        raise Tampered("This is no age file.")
    stanzas = []
    line_start = lines.position
    line = lines.next()
    while line.startswith(b"-> "):
        stanzas.append(Stanza(_arguments(line), _body(lines)))
        line_start = lines.position
        line = lines.next()
    if not stanzas or not line.startswith(b"--- "):
        raise Tampered("The header of this age file is malformed.")
    return Header(
        stanzas=tuple(stanzas),
        authenticated=lines.so_far(line_start + len(b"---")),
        mac=_base64(line[4:]),
        size=lines.position,
    )


def payload_key(header: Header, nonce: bytes, secret: bytes) -> bytes:
    """The key of the payload's chunks, by the X25519 `secret` (32 bytes).

    Raises WrongKey where no stanza is for this secret, and Tampered where the header isn't as it was sealed.
    """
    private = X25519PrivateKey.from_private_bytes(secret)
    for stanza in header.stanzas:
        file_key = _unwrap(stanza, private)
        if file_key is None:
            continue
        expected = hmac.digest(_hkdf(file_key, b"", b"header"), header.authenticated, hashlib.sha256)
        if not hmac.compare_digest(expected, header.mac):
            raise Tampered("The header of this age file was changed.")
        return _hkdf(file_key, nonce, b"payload")
    raise WrongKey("This age file is sealed to another key.")


def secret_of(identity: str) -> bytes:
    """The 32 secret bytes of an identity as age spells it (AGE-SECRET-KEY-1...). Raises ValueError."""
    prefix, secret = bech32.decode(identity)
    if prefix != _IDENTITY_PREFIX or len(secret) != 32:
        raise ValueError("This is no X25519 identity.")
    return secret


def _unwrap(stanza: Stanza, private: X25519PrivateKey) -> bytes | None:
    """The file key out of `stanza`; None where it is for somebody else."""
    if stanza.arguments[0] != b"X25519":
        return None
    if len(stanza.arguments) != 2 or len(stanza.body) != _FILE_KEY_SIZE + 16:
        raise Tampered("The X25519 stanza of this age file is malformed.")
    share = _base64(stanza.arguments[1])
    if len(share) != 32:
        raise Tampered("The X25519 stanza of this age file is malformed.")
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(share))
    except ValueError as error:  # a share of low order, by which anyone would know the secret
        raise Tampered("The X25519 stanza of this age file is malformed.") from error
    salt = share + private.public_key().public_bytes_raw()
    wrapping = ChaCha20Poly1305(_hkdf(shared, salt, b"age-encryption.org/v1/X25519"))
    try:
        return wrapping.decrypt(bytes(12), stanza.body, None)
    except InvalidTag:
        return None


def _hkdf(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt or None, info=info).derive(secret)


def _arguments(line: bytes) -> tuple[bytes, ...]:
    arguments = tuple(line[3:].split(b" "))
    if not all(argument and all(0x21 <= byte <= 0x7E for byte in argument) for argument in arguments):
        raise Tampered("A stanza of this age file is malformed.")
    return arguments


def _body(lines: _Lines) -> bytes:
    """A stanza's body: lines of 64 columns, and a shorter one (maybe empty) that ends it."""
    encoded = b""
    while True:
        line = lines.next()
        if len(line) > _COLUMNS:
            raise Tampered("A stanza of this age file is malformed.")
        encoded += line
        if len(line) < _COLUMNS:
            return _base64(encoded)


def _base64(text: bytes) -> bytes:
    """Canonical, unpadded Base64 as the specification demands: any other spelling was tampered with."""
    try:
        value = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Tampered("The header of this age file is malformed.") from error
    if base64.b64encode(value).rstrip(b"=") != text:
        raise Tampered("The header of this age file is malformed.")
    return value
