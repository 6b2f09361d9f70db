"""The words that people and devices put on clips: how they are kept, and how search reads them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from goodfences.searching import plain_words
from goodfences.visible import one_line

LABEL_LENGTH = 40
_WORDS_LENGTH = 600
"""An index holds them, and PostgreSQL's takes no more than 2,700 bytes an entry."""


def label_words() -> dict[str, str]:
    """The labels that a hub gives, and what the pages call each, in the reader's language."""
    return {"person": _("person"), "vehicle": _("vehicle"), "animal": _("animal")}


def label_shown(label: str) -> str:
    """A label as pages show it: a hub's in the reader's language, a person's as it was written."""
    return label_words().get(label, label)


def label_said(written: str) -> str:
    """A label as a person wrote it; in the hub's word where it means the same, so that both are found as one."""
    written = one_line(written)
    known = {words.casefold(): label for label, words in label_words().items()}
    return known.get(written.casefold(), written)


def words_of(*texts: str) -> str | None:
    """Texts as search compares them: no capitals, no accents, a space before each word; None for no word."""
    found = "".join(f" {word}" for word in plain_words(*texts))
    return found[:_WORDS_LENGTH] or None
