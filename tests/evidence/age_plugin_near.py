"""A plugin of age, as an agency may have one: its recipients, `age1near1…`, are X25519 keys that the program holds by
itself, where another would ask a card. Speaks the age-plugin protocol (C2SP age-plugin.md) on its standard streams.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator

import pyrage

NAME = "near"
_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_COLUMNS = 64


def renamed(text: str, name: str) -> str:
    """The same bytes in Bech32 (BIP 173) under another name."""
    data = [_LETTERS.index(letter) for letter in text.lower().rpartition("1")[2]][:-6]
    spread = [*(ord(letter) >> 5 for letter in name.lower()), 0, *(ord(letter) & 31 for letter in name.lower())]
    check = 1
    for value in [*spread, *data, *[0] * 6]:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            check ^= generator if top >> bit & 1 else 0
    data += [(check ^ 1) >> 5 * (5 - place) & 31 for place in range(6)]
    made = name + "1" + "".join(_LETTERS[value] for value in data)
    return made.upper() if name.isupper() else made


def recipient_of(identity: pyrage.x25519.Identity) -> str:
    return renamed(str(identity.to_public()), f"age1{NAME}")


def identity_of(identity: pyrage.x25519.Identity) -> str:
    return renamed(str(identity), f"AGE-PLUGIN-{NAME.upper()}-")


def _told() -> Iterator[tuple[list[str], bytes]]:
    """The stanzas that age sends, up to `done`."""
    for line in sys.stdin:
        words, body = line.split()[1:], ""
        while len(part := sys.stdin.readline().strip()) == _COLUMNS:
            body += part
        body += part
        yield words, base64.b64decode(body + "=" * (-len(body) % 4))
        if words == ["done"]:
            return


def _say(*words: str, body: bytes = b"") -> None:
    text = base64.b64encode(body).rstrip(b"=").decode()
    lines = [text[at : at + _COLUMNS] for at in range(0, len(text) + 1, _COLUMNS)]
    print(" ".join(["->", *words]), *lines, sep="\n", flush=True)


def _ask(*words: str, body: bytes = b"") -> None:
    _say(*words, body=body)
    sys.stdin.readline()
    sys.stdin.readline()


def wrap() -> None:
    stanzas = list(_told())
    named = [words[1] for words, _ in stanzas if words[0] == "add-recipient"]
    keys = [body for words, body in stanzas if words[0] == "wrap-file-key"]
    for number, key in enumerate(keys):
        for one in named:
            held = pyrage.x25519.Recipient.from_str(renamed(one, "age"))
            _ask("recipient-stanza", str(number), NAME, body=pyrage.encrypt(key, [held]))
    _say("done")


def unwrap() -> None:
    stanzas = list(_told())
    named = [words[1] for words, _ in stanzas if words[0] == "add-identity"]
    held = [pyrage.x25519.Identity.from_str(renamed(one, "AGE-SECRET-KEY-")) for one in named]
    for words, body in stanzas:
        if words[0] == "recipient-stanza" and words[2] == NAME:
            _ask("file-key", words[1], body=pyrage.decrypt(body, held))
    _say("done")


if __name__ == "__main__":
    {"--age-plugin=recipient-v1": wrap, "--age-plugin=identity-v1": unwrap}[sys.argv[1]]()
