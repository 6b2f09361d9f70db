"""Signatures as `ssh-keygen -Y sign` writes them (OpenSSH's PROTOCOL.sshsig), by Ed25519 keys. Knows no Django."""

from __future__ import annotations

import base64
import binascii
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MAX_LENGTH = 4_000
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_MAGIC = b"SSHSIG"
_TYPE = b"ssh-ed25519"
_HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}


class BadSshSignature(ValueError):
    """A signature that can't be read or doesn't hold. Says why."""


def check(message: bytes, armored: str, *, namespace: str) -> str:
    """The fingerprint (`SHA256:…`, as ssh-keygen prints it) of the key that signed exactly `message`.

    Raises BadSshSignature: for another message, namespace or kind of key, and for what isn't a signature.
    """
    reader = _Reader(_bytes(armored))
    if reader.take(len(_MAGIC)) != _MAGIC or reader.take(4) != b"\0\0\0\1":
        raise BadSshSignature("This isn't an SSH signature of version 1.")
    key, signed_for, reserved, hashed_by, signature = (reader.string() for _ in range(5))
    reader.end()
    if signed_for != namespace.encode():
        found = signed_for.decode("ascii", "replace")
        raise BadSshSignature(f"It was signed for {found!r}: sign with -n {namespace}.")
    if hashed_by not in _HASHES:
        raise BadSshSignature("It hashes by something other than SHA-256 or SHA-512.")
    digest = _HASHES[hashed_by](message).digest()
    content = _MAGIC + b"".join(map(_string, (signed_for, reserved, hashed_by, digest)))
    try:
        Ed25519PublicKey.from_public_bytes(_ed25519(key, 32)).verify(_ed25519(signature, 64), content)
    except InvalidSignature as error:
        raise BadSshSignature("The signature belongs to another text: sign the file exactly as it is.") from error
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def _bytes(armored: str) -> bytes:
    text = armored.strip().replace("\r\n", "\n")
    if len(text) > MAX_LENGTH or not text.startswith(_BEGIN + "\n") or not text.endswith("\n" + _END):
        raise BadSshSignature(f"Give the whole signature, from {_BEGIN} to {_END}.")
    try:
        return base64.b64decode("".join(text[len(_BEGIN) : -len(_END)].split()), validate=True)
    except binascii.Error as error:
        raise BadSshSignature("Something is missing in the middle of the signature.") from error


def _ed25519(blob: bytes, length: int) -> bytes:
    reader = _Reader(blob)
    if reader.string() != _TYPE:
        raise BadSshSignature("It isn't by an Ed25519 key: make one with ssh-keygen -t ed25519.")
    raw = reader.string()
    reader.end()
    if len(raw) != length:
        raise BadSshSignature("Its key or signature has a wrong length.")
    return raw


def _string(raw: bytes) -> bytes:
    return len(raw).to_bytes(4, "big") + raw


class _Reader:
    """Takes SSH's strings (RFC 4251, section 5) from bytes of strangers."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 0

    def take(self, count: int) -> bytes:
        taken = self._raw[self._at : self._at + count]
        if len(taken) != count:
            raise BadSshSignature("The signature ends too early.")
        self._at += count
        return taken

    def string(self) -> bytes:
        return self.take(int.from_bytes(self.take(4), "big"))

    def end(self) -> None:
        if self._at != len(self._raw):
            raise BadSshSignature("There is something after the end of the signature.")
