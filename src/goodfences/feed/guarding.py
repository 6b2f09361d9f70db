"""Where words meet the guardrails before anybody sees them; the one door for posts, comments and outcomes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from goodfences import guardrails, passes, source
from goodfences.errors import NotFound, Problem, Refused
from goodfences.feed.models import Standing
from goodfences.guardrails import Facts, Stop

_SALT = "feed.question"
_LASTS = timedelta(days=1)
_ENDS = ".!?…\n"


@dataclass(frozen=True)
class Words:
    """What somebody wants to say. `texts` are (field, text), in order; `before` is what they answer."""

    kind: str
    language: str
    texts: tuple[tuple[str, str], ...]
    before: str = ""


@dataclass(frozen=True)
class Answers:
    """What an author filled in beside the words, and answered to a question that was put before.

    `act`: what a person did, of `guardrails.in_force().acts`. `confirmed`: the rules whose question was answered with
    yes. `asked`: the pass of `Stopped.asked`, which says since when. `appeal`: let a reviewer read it as it is.
    """

    act: str = ""
    confirmed: frozenset[str] = frozenset()
    asked: str = ""
    appeal: bool = False


NONE = Answers()


@dataclass(frozen=True)
class Found:
    """A stop in one field, by the characters `start` up to `end` of that field's text."""

    field: str
    start: int
    end: int
    stop: Stop


class Stopped(Refused):
    """Guardrails stop the words. `asked` goes back with the answers: a pass that says when the question was put."""

    def __init__(self, found: Sequence[Found], asked: str, minutes_left: int, others: Sequence[Problem] = ()) -> None:
        super().__init__(*_problems(found), *others)
        self.found = tuple(found)
        self.asked = asked
        self.minutes_left = minutes_left
        """Until a question can be answered with yes."""


def standing_of(words: Words, *, answers: Answers = NONE, others: Sequence[Problem] = ()) -> str:
    """PUBLISHED, or HELD where a reviewer looks first. Raises Stopped with every stop, each with why and how to mend.

    A question that is answered with yes after the cool-off, with the same words, is held; so is whatever its author
    asks a reviewer about. `others` is what else is wrong, to be said along with it; no reviewer excuses that.
    """
    found, asked, minutes_left = _look(words, answers)
    stops = [] if answers.appeal else [each for each in found if each.stop.severity != "review"]
    if stops:
        raise Stopped(stops, asked, minutes_left, others)
    if others:
        raise Refused(*others)
    return Standing.HELD if found else Standing.PUBLISHED


def without(words: Words) -> dict[str, str]:
    """Each field's text without what may be cut out, for the author to read again."""
    found, _, _ = _look(words, NONE)
    result = dict(words.texts)
    for each in sorted(found, key=lambda each: each.start, reverse=True):
        if each.stop.cut:
            text = result[each.field]
            result[each.field] = f"{text[: each.start].rstrip()} {text[each.end :].lstrip(' ,;:')}".strip()
    return result


def _look(words: Words, answers: Answers) -> tuple[list[Found], str, int]:
    text, starts = _joined(words)
    digest = hashlib.sha256(f"{words.kind}\n{text}".encode()).hexdigest()
    waited = _waited(answers.asked, digest)
    facts = Facts(act=answers.act, confirmed=answers.confirmed, waited_minutes=waited)
    stops = guardrails.check(text, kind=words.kind, language=words.language, facts=facts)
    found = [each for stop in stops for each in _in_fields(stop, words.texts, starts)]
    asked = (
        answers.asked if waited is not None else passes.give(_SALT, digest, source.now().timestamp(), lasts=_LASTS)
    )
    left = guardrails.in_force().cool_off_minutes - (waited or 0.0)
    return found, asked, max(0, int(left + 0.999))


def _joined(words: Words) -> tuple[str, list[int]]:
    """All of it as one text, in which a title ends a sentence; and where each field begins."""
    text, starts = "", []
    for part in (words.before, *(text for _, text in words.texts)):
        if text.strip():
            text += "\n" if text.rstrip()[-1] in _ENDS else ".\n"
        starts.append(len(text))
        text += part
    return text, starts[1:]


def _in_fields(stop: Stop, texts: Sequence[tuple[str, str]], starts: Sequence[int]) -> list[Found]:
    """The parts of a stop that lie in a field; nothing for one in what was said before."""
    found = []
    for (field, text), begins in zip(texts, starts, strict=True):
        start, end = max(stop.start, begins) - begins, min(stop.end, begins + len(text)) - begins
        if start < end:
            found.append(Found(field, start, end, stop))
    return found


def _waited(asked: str, digest: str) -> float | None:
    """Minutes since the question about exactly these words; None where it wasn't put."""
    if not asked:
        return None
    try:
        about, at = passes.read(_SALT, asked)
    except NotFound:
        return None
    return (source.now().timestamp() - at) / 60 if about == digest else None


def _problems(found: Sequence[Found]) -> list[Problem]:
    """One a rule and field, in their order."""
    named = {(each.field, each.stop.rule): each.stop.title for each in found}
    return [Problem(rule, field, title) for (field, rule), title in named.items()]
