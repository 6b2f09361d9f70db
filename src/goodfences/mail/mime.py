"""Messages as bytes with slots: what all readers have in common is encoded once, the rest is filled in.

Bodies are quoted-printable (RFC 2045, 6.7), so that any server takes them and a slot can stand on lines
of its own between soft line breaks. A boundary begins with `=_`, which quoted-printable never writes.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from html import escape

from goodfences import source
from goodfences.mail.addresses import has_control

_SOFT = b"=\r\n"
_LINE = 75

TEXT, HTML, HEADER = "text", "html", "header"


class Slots:
    """Marks that a template prints in place of a reader's own texts. Nobody can write one into a request."""

    def __init__(self, names: Sequence[str]) -> None:
        secret = source.new_ref("mail-slot").replace("-", "x").replace("_", "y")
        self.marks = {name: f"slot{secret}n{number}z" for number, name in enumerate(names)}
        self._names = {mark: name for name, mark in self.marks.items()}
        self._pattern = re.compile("(" + "|".join(self._names) + ")") if names else None

    def split(self, text: str) -> list[tuple[str, str]]:
        """`text` as (literal, "") and ("", slot name) pairs in order."""
        parts = self._pattern.split(text) if self._pattern else [text]
        return [("", self._names[part]) if part in self._names else (part, "") for part in parts if part]


@dataclass(frozen=True)
class Mold:
    """A message with slots. `pieces` holds bytes, or (name, kind) for a slot."""

    pieces: tuple[bytes | tuple[str, str], ...]

    def fill(self, values: Mapping[str, str]) -> bytes:
        """The message for one reader. Raises ValueError if a header's value holds a line break."""
        return b"".join(
            piece if isinstance(piece, bytes) else _ENCODERS[piece[1]](values[piece[0]]) for piece in self.pieces
        )


def mold(*, headers: Mapping[str, str], own_headers: Mapping[str, str], slots: Slots, text: str, html: str) -> Mold:
    """Cast a message.

    `headers` are the same for every reader and may be in any script; `own_headers` are ASCII and may hold slots.
    """
    pieces: list[bytes | tuple[str, str]] = [_header_block(headers)]
    for name, value in own_headers.items():
        pieces.append(f"{name}: ".encode("ascii"))
        pieces.extend((slot, HEADER) if slot else _header(literal) for literal, slot in slots.split(value))
        pieces.append(b"\r\n")
    if html:
        boundary = f"=_{source.new_ref('mail-boundary')}".encode("ascii")
        pieces.append(b'Content-Type: multipart/alternative; boundary="%s"\r\n' % boundary)
        pieces += [b"\r\n--%s\r\n" % boundary, *_part(text, TEXT, slots)]
        pieces += [b"--%s\r\n" % boundary, *_part(html, HTML, slots), b"--%s--\r\n" % boundary]
    else:
        pieces += _part(text, TEXT, slots)
    return Mold(_joined(pieces))


def quoted_printable(raw: bytes) -> bytes:
    """`raw` (line ends as LF) in lines of at most 75 bytes, so that a soft break fits behind the last one."""
    encoded = binascii.b2a_qp(raw).replace(b"\n", b"\r\n")
    start = encoded.rfind(b"\n") + 1
    if len(encoded) - start <= _LINE:
        return encoded
    # Not between the three characters of an encoded byte, which begin with "=".
    cut = len(encoded) - 3
    while b"=" in encoded[cut - 2 : cut]:
        cut -= 1
    return encoded[:cut] + _SOFT + encoded[cut:]


def _part(body: str, kind: str, slots: Slots) -> list[bytes | tuple[str, str]]:
    subtype = "html" if kind == HTML else "plain"
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    pieces: list[bytes | tuple[str, str]] = [head.encode("ascii")]
    for literal, slot in slots.split(body.replace("\r\n", "\n").rstrip("\n")):
        pieces.append((slot, kind) if slot else quoted_printable(literal.encode()))
    pieces.append(b"\r\n")
    return pieces


def _joined(pieces: Sequence[bytes | tuple[str, str]]) -> tuple[bytes | tuple[str, str], ...]:
    """Neighboring bytes in one piece: filling a mold is a join of a handful."""
    joined: list[bytes | tuple[str, str]] = []
    for piece in pieces:
        if joined and isinstance(piece, bytes) and isinstance(joined[-1], bytes):
            joined[-1] += piece
        else:
            joined.append(piece)
    return tuple(joined)


def _header_block(headers: Mapping[str, str]) -> bytes:
    block = EmailMessage(policy=policy.SMTP)
    for name, value in headers.items():
        block[name] = value
    return block.as_bytes().removesuffix(b"\r\n")


def _header(value: str) -> bytes:
    if has_control(value):
        raise ValueError("A header's value holds a line break or another control character.")
    return value.encode("ascii")


def _text(value: str) -> bytes:
    return _SOFT + quoted_printable(value.encode()) + _SOFT


def _html(value: str) -> bytes:
    return _SOFT + quoted_printable(escape(value).encode()) + _SOFT


_ENCODERS = {TEXT: _text, HTML: _html, HEADER: _header}
