"""Finding how somebody could be reached or traced: plates, telephone numbers, emails, accounts.

Read in the text as it is seen, without words: full-width signs and look-alikes are folded, invisible ones dropped,
and what is found is told by its place in the original.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping

Span = tuple[int, int]

_DIGITS = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "cero": "0", "uno": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5",
    "seis": "6", "siete": "7", "ocho": "8", "nueve": "9",
}  # fmt: skip
_DIGIT_WORD = "|".join(_DIGITS)
_AT = r"(?:\s?@\s?|\s?[\[({<]\s?(?:at|arroba|@)\s?[\])}>]\s?|\s(?:at|arroba)\s)"
_DOT = r"(?:\s?\.\s?|\s?[\[({<]\s?(?:dot|punto|\.)\s?[\])}>]\s?|\s(?:dot|punto)\s)"
_TOP = r"(?:com|org|net|edu|gov|info|io|co|us|mx|es|ar|cl|pe|me|biz|example|mail|dev|app|uk|ca|de|fr|it)"
_EMAIL = re.compile(rf"[a-z0-9][a-z0-9._%+-]{{0,60}}{_AT}(?:[a-z0-9-]{{1,40}}{_DOT}){{1,3}}{_TOP}\b", re.IGNORECASE)
_WRITTEN_AT = re.compile(r"\s(?:at|arroba)\s", re.IGNORECASE)
_COORDINATE = re.compile(r"(?<![\d.])-?\d{1,3}\.\d{4,}(?![\d.])")
_DATE = re.compile(r"\b(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})\b")
_PHONE = re.compile(
    r"(?<![\w.,@$#-])\+?\(?\d"
    r"(?:[\d]|[ ().\u2010-\u2015-](?=[ ().-]?[\d(])|[ .-]{1,2}(?=[\d(])){5,22}"
    r"\d(?![\w@])"
)
_WORDED = re.compile(rf"\b(?:(?:{_DIGIT_WORD}|\d)[\s,.-]{{1,3}}){{6,14}}(?:{_DIGIT_WORD}|\d)\b", re.IGNORECASE)
_YEARS = re.compile(r"(?:19|20)\d\d")
_NETWORK = (
    r"(?:instagram|insta|ig|snapchat|snap|tik ?tok|twitter|telegram|facebook|fb|whats ?app|wa|discord|onlyfans"
    r"|threads|youtube|reddit|venmo|cash ?app|zelle|nextdoor|bluesky|linkedin|kik|tumblr)"
)
_LINK = re.compile(
    r"(?:https?://)?(?:www\.|m\.)?"
    r"(?:instagram|facebook|fb|tiktok|twitter|x|snapchat|t|threads|youtube|linkedin|onlyfans|wa|discord|reddit|venmo|cash)"
    r"\.(?:com|me|net|app|gg)/[\w@./?=&-]+",
    re.IGNORECASE,
)
_AT_HANDLE = re.compile(r"(?<![\w.@])@(?=[a-z0-9._]*[a-z])[a-z0-9_][a-z0-9._]{2,29}\b", re.IGNORECASE)
_NAMED_HANDLE = re.compile(
    rf"\b{_NETWORK}\b"
    r"(?:\s+(?:is|es|as|como|under|name|user|username|handle|account|cuenta|usuario|called|de|at|on))*\s*[:=]?\s*"
    r"(?P<handle>(?=[a-z0-9._]*[._\d])(?=[a-z0-9._]*[a-z])[a-z0-9][a-z0-9._]{2,28}[a-z0-9_])",
    re.IGNORECASE,
)
_HANDLE_ON = re.compile(
    r"(?<![\w.@])(?P<handle>(?=[a-z0-9._]*[_\d])(?=[a-z0-9._]*[a-z])[a-z0-9][a-z0-9._]{3,28}[a-z0-9_])"
    rf"\s+(?:on|en)\s+{_NETWORK}\b",
    re.IGNORECASE,
)
_VEHICLE = re.compile(
    r"\b(?:car|suv|truck|van|pickup|sedan|camry|civic|accord|altima|crv|cr-v|golf|prius|honda|toyota|ford|chevy|kia"
    r"|nissan|jeep|bmw|audi|tesla|subaru|hyundai|mazda|dodge|ram|corolla|minivan|motorcycle|moped|camper|motor ?home"
    r"|trailer|semi|coupe|hatchback|wagon|driver|drove|carro|coche|auto|camioneta|troca|moto|vehiculo|vehículo|camion"
    r"|camión|taxi|mustang|silverado|f-?150|tacoma|rav4|explorer|malibu|charger|challenger|impala|tahoe|lexus|mercedes"
    r"|acura|infiniti|volvo|porsche|cadillac|buick|gmc|chevrolet|ibiza|clio|peugeot|renault|fiat|aveo|versa|furgoneta|conductor|chofer|tsuru|jetta|sentra|vw|volkswagen)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\b(?:lpn|temp tags?|permiso|licen[sc]e plates?|number plates?|plates?|plate number|tags?|licen[sc]e"
    r"|reg|registration|placas?|matr[ií]culas?|patentes?|chapa|dominio)\b",
    re.IGNORECASE,
)
# Formats as they stand on plates, for where nobody calls them so: several of the United States and Canada, Mexico,
# the United Kingdom, Spain, Germany, France, Argentina.
_BARE = re.compile(
    r"(?<![\w-])(?:\d[A-Z]{3}[ -]?\d{3}|[A-Z]{3}[ -]?\d{3,4}|[A-Z]{3}-\d{2}-\d{2}|[A-Z]{3}-\d{3}-[A-Z]"
    r"|[A-Z]{2}\d{2} ?[A-Z]{3}|\d{4}[ -]?[B-DF-HJ-NP-TV-Z]{3}|[A-Z]{1,3}-[A-Z]{1,2} ?\d{1,4}|[A-Z]{2}-\d{3}-[A-Z]{2}"
    r"|[A-Z]{4}[ -]\d{3}|\d{3}[ -][A-Z]{3}|[A-Z]{2} ?\d{3} ?[A-Z]{2})(?![\w-])"
)
_PART = re.compile(r"[^\W_]+")
# What may stand between the word for a plate and the plate itself.
_FILLERS = (
    "number numbers no no. num is are was reads read says starts starting with begins partial of on the a an "
    "from thief's thiefs car cars had has have it and s thief empieza empiezan con es son era eran numero número "
    "de del la el los las que parte solo traia traía trae lleva ladron ladrón carro texas ontario california "
    "florida nevada york new jersey mexico oregon ohio georgia tejana tejanas state dumper's dumper ver tiro "
    "tiró llantas en van bicis nada más mas like ending ends termina terminan in for plate dice dicen arizona "
    "jalisco estado edomex cdmx "
)
_FILLER = frozenset(_FILLERS.split())


class Seen:
    """A text without what can't be seen, each character with its place in the original."""

    def __init__(self, text: str, looks_like: Mapping[str, str]) -> None:
        seen: list[str] = []
        places: list[int] = []
        for place, char in enumerate(text):
            if char.isascii():
                seen.append(char)
                places.append(place)
                continue
            if unicodedata.category(char) in ("Cf", "Mn", "Me", "Cc"):
                continue
            letter = looks_like.get(char) or unicodedata.normalize("NFKC", char)
            if unicodedata.category(char) == "Nd":
                letter = str(unicodedata.decimal(char))
            for each in letter:
                seen.append(each)
                places.append(place)
        self.text = "".join(seen)
        self._places = places

    def span(self, start: int, end: int) -> Span:
        """The place in the original of what is seen from `start` up to `end`."""
        return self._places[start], self._places[end - 1] + 1

    def index_of(self, place: int) -> int:
        """Where the character of the original that stands at `place`, or the next that is seen, is seen."""
        return bisect_left(self._places, place)


def emails(seen: Seen) -> Iterator[Span]:
    """`dana@example.org`, `dana (at) example dot org`."""
    for start, end in _emails(seen.text):
        yield seen.span(start, end)


def _emails(text: str) -> Iterator[Span]:
    for found in _EMAIL.finditer(text):
        # `look at www.example.com` is a page; `quickdeals77 at example.com` and `dana at example dot com` aren't.
        written = _WRITTEN_AT.search(found[0])
        plain = written is not None and not re.search(r"\W(?:dot|punto)\W", found[0], re.IGNORECASE)
        if not (plain and written is not None and not re.search(r"[\d._]", found[0][: written.start()])):
            yield found.span()


def handles(seen: Seen) -> Iterator[Span]:
    """`@eggking_77`, a link to a profile, `Snap: jaydogg92`; not `on Facebook or`."""
    taken = list(_emails(seen.text))
    for pattern in (_LINK, _AT_HANDLE, _NAMED_HANDLE, _HANDLE_ON):
        for found in pattern.finditer(seen.text):
            start, end = found.span("handle") if "handle" in pattern.groupindex else found.span()
            if any(start < other[1] and end > other[0] for other in taken):
                continue
            taken.append((start, end))
            yield seen.span(start, end)


def phones(seen: Seen) -> Iterator[Span]:
    """Seven digits or more, however they are parted or spelled; no date, no sum, no point on the map, no plate."""
    text = seen.text
    not_phones = [found.span() for pattern in (_COORDINATE, _DATE) for found in pattern.finditer(text)]
    not_phones += _emails(text)
    not_phones += _labeled_plates(text)
    taken: list[Span] = []
    for pattern in (_PHONE, _WORDED):
        for found in pattern.finditer(text):
            start, end = found.span()
            if any(start < other[1] and end > other[0] for other in (*not_phones, *taken)):
                continue
            if pattern is _WORDED or _is_phone(found[0]):
                taken.append((start, end))
                yield seen.span(start, end)


def _is_phone(written: str) -> bool:
    groups = re.findall(r"\d+", written)
    digits = sum(len(group) for group in groups)
    if not 7 <= digits <= 15 or all(_YEARS.fullmatch(group) for group in groups):
        return False
    if written.startswith("+") or len(groups) == 1 or all(len(group) == 1 for group in groups):
        return True
    return max(len(group) for group in groups) >= 3 or len(groups) >= 4


def plates(seen: Seen) -> Iterator[Span]:
    """What is called a plate and looks like one; and what looks like one where a vehicle is spoken of."""
    taken = []
    for start, end in _labeled_plates(seen.text):
        taken.append((start, end))
        yield seen.span(start, end)
    if not _VEHICLE.search(seen.text):
        return
    for found in _BARE.finditer(seen.text):
        if not any(found.start() < end and found.end() > start for start, end in taken):
            yield seen.span(*found.span())


def _labeled_plates(text: str) -> Iterator[Span]:
    for label in _LABEL.finditer(text):
        found = _plate_after(text, label.end()) or _plate_before(text, label.start())
        if found:
            yield found


def _plate_after(text: str, at: int) -> Span | None:
    """The plate that is given after a word for it: letters and digits, in up to nine pieces."""
    skipped, first, last, written = 0, -1, at, ""
    sentence = re.compile(r"[.!?]\s+[A-Z¿¡]|\n").search(text, at)
    stop = sentence.start() + 1 if sentence else len(text)
    for part in _PART.finditer(text, at, stop):
        if first >= 0 and part.start() - last > 2:
            break
        piece = _DIGITS.get(part[0].lower(), part[0])
        fits = len(piece) <= 8 and (any(char.isdigit() for char in piece) or piece.isupper() or len(piece) == 1)
        if fits and not (part[0].lower() in _FILLER and not any(char.isdigit() for char in piece)):
            first = part.start() if first < 0 else first
            last, written = part.end(), written + piece
            if len(written) > 8:
                break
        elif first >= 0:
            break
        elif part[0].lower() in _FILLER and skipped < 9:
            skipped += 1
        else:
            break
    digits = sum(char.isdigit() for char in written)
    letters = sum(char.isalpha() for char in written)
    good = 4 <= len(written) <= 9 and digits >= 1 and (letters >= 1 or digits >= 5)
    return (first, last) if good and not re.fullmatch(r"(?i)\d{1,2}(?:am|pm)\d*", written) else None


def _plate_before(text: str, at: int) -> Span | None:
    """`7_KDL_392 on the plate`."""
    before = re.search(
        r"(?<![\w-])([A-Za-z0-9]{1,4}(?:[_.-]?[A-Za-z0-9]{1,4}){0,3})\s+(?:on|as|for|en)\s+(?:the|its|his|her|la|las|su|sus)\s*$",
        text[max(0, at - 40) : at],
    )
    if not before:
        return None
    written = re.sub(r"[ _.-]", "", before[1])
    good = (
        4 <= len(written) <= 8 and any(char.isdigit() for char in written) and any(char.isalpha() for char in written)
    )
    start = max(0, at - 40) + before.start(1)
    return (start, start + len(before[1])) if good else None
