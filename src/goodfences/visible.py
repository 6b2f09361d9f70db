"""Free text that one person writes and another reads: whatever is in it can be seen, and reads as it is written.

A character that turns the direction of writing around shows a text that no rule has read (`elam kcalb` is seen as
something else); one that shows nothing hides words from whoever approves them, or carries a message of its own.
"""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext as _

from goodfences.errors import Problem

RULE = "text.visible"
_LINES = frozenset("\n\r\t")
# Unicode calls these letters, marks or symbols, and they show nothing.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2065\u2800\u3164\uffa0")
_JOINERS = frozenset("\u200c\u200d")
_STYLES = frozenset("\ufe0e\ufe0f")  # as a text, as a picture: after a character, once
_VIRAMA = 9


def hidden_problems(text: str, field: str, *, lines: bool = False) -> list[Problem]:
    """The first character of a text that can't be seen or that turns it around; none is fine.

    `lines`: whether the text may go over several lines. Joiners may stand where a script or a picture needs them.
    """
    for at, char in enumerate(text):
        if not (lines and char in _LINES) and _is_hidden(char, text[at - 1] if at else " "):
            return [_problem(text, at, field)]
    return []


def one_line(text: str) -> str:
    """The text with single spaces between its words."""
    return " ".join(text.split())


def text_problems(text: str, field: str, most: int, *, lines: bool = False) -> list[Problem]:
    """What keeps a text from being kept: it has more than `most` characters, or holds what nobody sees."""
    if len(text) > most:
        message = _("At most %(max)d characters; this has %(length)d.") % {"max": most, "length": len(text)}
        return [Problem("text.length", field, message, limit=str(most), value=str(len(text)))]
    return hidden_problems(text, field, lines=lines)


def length_problems(text: str, field: str, least: int, most: int, *, lines: bool = True) -> list[Problem]:
    """What keeps an official's text from being kept: too short, too long, or holding what nobody sees."""
    length = len(text.strip())
    if least <= length <= most:
        return hidden_problems(text, field, lines=lines)
    limit, value = f"{least} to {most:,} characters", f"{length:,} characters"
    return [Problem(f"{field}.length", field, f"Write {limit}; there are {length:,}.", limit=limit, value=value)]


def without_hidden(text: str) -> str:
    """The text without such characters, for what can't be sent back to whoever wrote it. Lines stay."""
    kept: list[str] = []
    for char in text:
        if char in _LINES or not _is_hidden(char, kept[-1] if kept else " "):
            kept.append(char)
    return "".join(kept)


def _is_hidden(char: str, before: str) -> bool:
    if char in _JOINERS:
        return not _joins(before)
    if char in _STYLES:
        return before.isspace() or before in _STYLES or _is_hidden(before, " ")
    ignorable = char in _BLANK or "\ufe00" <= char <= "\ufe0d" or "\U000e0000" <= char <= "\U000e0fff"
    return ignorable or unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")


def _joins(before: str) -> bool:
    """Whether a joiner means something here: in a picture made of several, or in an Arabic or Indic word."""
    return (
        before in _STYLES
        or unicodedata.category(before) in ("So", "Sk")
        or unicodedata.combining(before) == _VIRAMA
        or unicodedata.bidirectional(before) == "AL"
    )


def _problem(text: str, at: int, field: str) -> Problem:
    code = f"U+{ord(text[at]):04X}"
    name = unicodedata.name(text[at], "").lower()
    value = f"{code} {name}".strip()
    before = "".join(char for char in text[:at] if not _is_hidden(char, " "))[-20:]
    message = _(
        "A character that nobody sees stands here, after “%(before)s”: %(character)s. What others read may hold no "
        "such characters, nor any that turn writing around. Type the text anew instead of pasting it."
    )
    return Problem(RULE, field, message % {"before": before, "character": value}, value=value)
