"""Reading Bech32 (BIP 173), the spelling of age identities and recipients."""

from __future__ import annotations

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_LENGTH = 6


def decode(text: str) -> tuple[str, bytes]:
    """The human-readable part, in small letters, and the data of `text`.

    Raises ValueError for mixed case, a character outside the alphabet, a wrong checksum or wrong padding.
    """
    if text not in (text.lower(), text.upper()):
        raise ValueError("Bech32 is written in one case.")
    prefix, separator, rest = text.lower().rpartition("1")
    if not prefix or not separator or len(rest) < _CHECKSUM_LENGTH:
        raise ValueError("This is no Bech32 text.")
    if any(letter not in _VALUES for letter in rest):
        raise ValueError("Bech32 has no such character.")
    values = [_VALUES[letter] for letter in rest]
    if _polymod(_expand(prefix) + values) != 1:
        raise ValueError("The Bech32 checksum is wrong.")
    return prefix, _bytes(values[:-_CHECKSUM_LENGTH])


def _expand(prefix: str) -> list[int]:
    return [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            check ^= generator if (top >> bit) & 1 else 0
    return check


def _bytes(values: list[int]) -> bytes:
    number, bits, out = 0, 0, bytearray()
    for value in values:
        number, bits = (number << 5 | value) & 0xFFF, bits + 5
        if bits >= 8:
            bits -= 8
            out.append(number >> bits & 0xFF)
    if bits >= 5 or number & ((1 << bits) - 1):
        raise ValueError("The Bech32 padding is wrong.")
    return bytes(out)
