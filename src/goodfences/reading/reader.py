"""A text as a person reads it: words without case, accents, invisible characters and letters that only look alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace

# Characters that show nothing although Unicode doesn't call them format characters.
_BLANK = {"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800", "\u17b4", "\u17b5"}
_LINE_ENDS = set("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_WORD = re.compile(
    r"(?<![a-z0-9])[bwhai] ?/ ?[mf](?![a-z0-9])|(?<![a-z0-9])[mf] ?/ ?[bwh](?![a-z0-9])"
    r"|\d'[ ]?\d{1,2}(?![a-z0-9])|[a-z0-9@$]+(?:'[a-z]+)?"
)
_SENTENCE_END = re.compile(r"[!?;]|\.(?: |$)")
_ABBREVIATIONS = frozenset(
    (
        *("mr", "mrs", "ms", "mx", "dr", "prof", "rev", "st", "ave", "rd", "blvd", "ln", "sgt", "det", "lt", "capt"),
        *(
            "no",
            "nos",
            "apt",
            "ste",
            "int",
            "depto",
            "dpto",
            "num",
            "av",
            "avda",
            "col",
            "sr",
            "sra",
            "dra",
            "lic",
            "approx",
            "appr",
            "vs",
            "yrs",
            "yr",
            "jr",
            "sr",
            "ft",
            "lbs",
            "lb",
            "hwy",
        ),
    )
)
_DIGITS_AS_LETTERS = (str.maketrans("013457@$", "oieastas"), str.maketrans("013457@$", "oleastas"))


@dataclass(frozen=True)
class Word:
    """A word as it is compared, and where it stands in the original text."""

    text: str
    start: int
    end: int
    begins_sentence: bool = False
    after_comma: bool = False
    glued: bool = False  # nothing but a sign such as a hyphen stands before it, no space

    @property
    def is_number(self) -> bool:
        return self.text[0].isdigit()

    @property
    def is_height(self) -> bool:
        return "'" in self.text and self.is_number


def read(text: str, looks_like: Mapping[str, str], known: Set[str]) -> list[Word]:
    """The words of a text. `known` decides what was one word before it was written in pieces or with digits."""
    words = list(_words(*_folded(text, looks_like)))
    words = _pieces_joined(_spelled_joined(words, known), known)
    return [_letters_for_digits(word, known) for word in words]


def _folded(text: str, looks_like: Mapping[str, str]) -> tuple[str, list[int]]:
    """What is seen, with one space for any white space, and for each character its place in the original."""
    seen: list[str] = []
    places: list[int] = []
    pieces: dict[str, tuple[str, ...]] = {}
    space = line_end = False
    for place, char in enumerate(text):
        if char not in pieces:
            pieces[char] = tuple(_pieces(char, looks_like))
        for piece in pieces[char]:
            if piece.isspace():
                space, line_end = True, line_end or piece in _LINE_ENDS
                continue
            if space and not (line_end and seen[-1:] == ["-"] and seen[-2:-1] != [" "]):
                seen.append(" ")
                places.append(place)
            space = line_end = False
            seen.append(piece)
            places.append(place)
    return "".join(seen), places


def _pieces(char: str, looks_like: Mapping[str, str]) -> Iterator[str]:
    if char in _BLANK:
        return
    if char in looks_like:
        yield looks_like[char]
        return
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    for piece in folded:
        category = unicodedata.category(piece)
        if piece.isspace() or category not in ("Cf", "Cc", "Mn", "Me"):
            if category == "Nd":
                yield str(unicodedata.decimal(piece))
                continue
            yield "-" if category == "Pd" else looks_like.get(piece, piece)


def _words(seen: str, places: list[int]) -> Iterator[Word]:
    before, last = 0, ""
    for found in _WORD.finditer(seen):
        between = seen[before : found.start()]
        ended = bool(_SENTENCE_END.search(between)) and not _abbreviates(last, between)
        yield Word(
            text=found[0].replace(" ", ""),
            start=places[found.start()],
            end=places[found.end() - 1] + 1,
            begins_sentence=ended or not last,
            after_comma=(not ended and any(char in ',:()[]"“”–' for char in between)) or " - " in between,
            glued=bool(between) and " " not in between,
        )
        before, last = found.end(), found[0]


def _abbreviates(word: str, between: str) -> bool:
    return between[0] == "." and (len(word) == 1 or word in _ABBREVIATIONS) and not set(between) & set("!?;")


def _spelled_joined(words: list[Word], known: Set[str]) -> list[Word]:
    """`b l a c k` is read as one word where it is a known one."""
    result: list[Word] = []
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and len(words[end].text) == 1:
            end += 1
        if end - at < 4:
            result += words[at : max(end, at + 1)]
            at = max(end, at + 1)
            continue
        while at < end:
            length = _longest_known("".join(word.text for word in words[at : min(end, at + 16)]), known)
            result.append(_joined(words[at : at + length]))
            at += length
    return result


def _longest_known(letters: str, known: Set[str]) -> int:
    return next((length for length in range(len(letters), 2, -1) if letters[:length] in known), 1)


def _pieces_joined(words: list[Word], known: Set[str]) -> list[Word]:
    """`his-panic` is read as one word where that is a known one and its pieces aren't."""
    result: list[Word] = []
    at = 0
    while at < len(words):
        end = at + 1
        while end < len(words) and words[end].glued and end - at < 12:
            end += 1
        pieces = words[at:end]
        whole = "".join(word.text for word in pieces)
        one = len(pieces) > 1 and whole in known and not all(word.text in known for word in pieces)
        result += [_joined(pieces)] if one else pieces
        at = end
    return result


def _joined(words: list[Word]) -> Word:
    return replace(words[0], text="".join(word.text for word in words), end=words[-1].end)


def _letters_for_digits(word: Word, known: Set[str]) -> Word:
    """`bl4ck` is read as black; a number and an unknown word stay what they are."""
    if word.text in known or not any(char.isalpha() for char in word.text):
        return word
    for table in _DIGITS_AS_LETTERS:
        letters = word.text.translate(table)
        if letters in known and len(letters) > 3:
            return replace(word, text=letters)
    return word
