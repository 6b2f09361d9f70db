"""Other people's words in an email of ours."""

from __future__ import annotations

import re

# Mail programs make links of such words, and nobody but us puts a link into an email.
_LINKLIKE = re.compile(r"://|www\.|@|\w\.[a-z]{2,6}\b", re.IGNORECASE)


def quoted(words: str) -> str:
    """What somebody wrote, on one line; nothing where a mail program would make a link of a part of it."""
    return "" if _LINKLIKE.search(words) else " ".join(words.split())
