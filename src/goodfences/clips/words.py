"""The words that people and devices put on clips: how they are kept, and how search reads them."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from goodfences.searching import plain_words
from goodfences.visible import one_line

LABEL_LENGTH = 40
_TOGETHER_MS = 500
"""A hub takes packets in half a second late: less can't be told from none."""
_WORDS_LENGTH = 600
"""An index holds them, and PostgreSQL's takes no more than 2,700 bytes an entry."""


def label_words() -> dict[str, str]:
    """The labels that a hub gives, and what the pages call each, in the reader's language."""
    return {"person": _("person"), "vehicle": _("vehicle"), "animal": _("animal")}


def label_shown(label: str) -> str:
    """A label as pages show it: a hub's in the reader's language, a person's as it was written."""
    return label_words().get(label, label)


def drift_in_words(drift_ms: int | None) -> str:
    """How far a camera's own time was from its recorder's, in a sentence; empty where nobody said.

    `drift_ms`: by how many milliseconds the recorder's clock was ahead.
    """
    if drift_ms is None:
        return ""
    if abs(drift_ms) <= _TOGETHER_MS:
        return _("The camera’s own time kept within half a second of its recorder’s.")
    seconds = number_format(round(abs(drift_ms) / 1000, 1), 1)
    if drift_ms > 0:
        return _("When it ended, the camera’s own time was {seconds} s behind its recorder’s.").format(
            seconds=seconds
        )
    return _("When it ended, the camera’s own time was {seconds} s ahead of its recorder’s.").format(seconds=seconds)


def label_said(written: str) -> str:
    """A label as a person wrote it; in the hub's word where it means the same, so that both are found as one."""
    written = one_line(written)
    known = {words.casefold(): label for label, words in label_words().items()}
    return known.get(written.casefold(), written)


def words_of(*texts: str) -> str | None:
    """Texts as search compares them: no capitals, no accents, a space before each word; None for no word."""
    found = "".join(f" {word}" for word in plain_words(*texts))
    return found[:_WORDS_LENGTH] or None
