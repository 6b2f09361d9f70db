"""How search compares words, whatever room they are in: no capitals, no accents, letters and digits alone."""

from __future__ import annotations

import unicodedata


def plain_words(*texts: str) -> list[str]:
    """The words of texts as they are compared, in their order."""
    plain = unicodedata.normalize("NFKD", " ".join(texts).casefold())
    return "".join(char if char.isalnum() else " " for char in plain if not unicodedata.combining(char)).split()
