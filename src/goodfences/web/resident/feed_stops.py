"""What a form of the feed shows when guardrails stop its words: which rule, why, where, how to mend and appeal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django import forms
from django.http import QueryDict

from goodfences.feed.guarding import Answers, Found, Stopped, Words, without
from goodfences.web.forms import attempt

CUT = "cut"
F = TypeVar("F", bound=forms.Form)
_LONGEST = 600  # characters of a pass that this instance gave


@dataclass(frozen=True)
class Shown:
    """One rule in one field: its words, and the text in pieces, of which some are what broke it."""

    rule: str
    title: str
    why: str
    mend: str
    is_question: bool
    label: str
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Stops:
    shown: tuple[Shown, ...]
    asked: str
    minutes_left: int
    can_cut: bool
    only_questions: bool
    confirmed: frozenset[str]


def attempt_said(form: forms.Form, posted: QueryDict, act: Callable[..., Any], **arguments: Any) -> bool:
    """As `attempt`, for an act that takes `answers`; what guardrails stop is on the form as `form.stops`."""

    def said(**given: Any) -> None:
        answers = _answers(given.pop("act", ""), posted)
        try:
            act(**given, answers=answers)
        except Stopped as stopped:
            form.stops = _stops(form, stopped, answers)  # type: ignore[attr-defined]
            raise

    return attempt(form, said, **arguments)


def cut(form: F, kind: str, language: str, fields: tuple[str, ...]) -> F | None:
    """The form once more with everything cut out of these fields that may be; None unless it is one to cut from."""
    if not form.is_valid():
        return None
    words = Words(kind, language, tuple((name, form.cleaned_data[name]) for name in fields))
    data = dict(form.data.items())
    for name, text in without(words).items():
        data[name] = text
    again = type(form)(initial={name: data.get(name) for name in form.fields})
    again.was_cut = True  # type: ignore[attr-defined]
    return again


def _answers(act: str, posted: QueryDict) -> Answers:
    return Answers(
        act=act,
        confirmed=frozenset(posted.getlist("confirmed")),
        asked=posted.get("asked", "")[:_LONGEST],
        appeal=posted.get("appeal") == "1",
    )


def _stops(form: forms.Form, stopped: Stopped, answers: Answers) -> Stops:
    by_rule: dict[tuple[str, str], list[Found]] = {}
    for each in stopped.found:
        by_rule.setdefault((each.stop.rule, each.field), []).append(each)
    shown = tuple(
        Shown(
            rule=rule,
            title=found[0].stop.title,
            why=found[0].stop.why,
            mend=found[0].stop.mend,
            is_question=found[0].stop.severity == "ask",
            label=str(form.fields[field].label),
            pieces=tuple(_pieces(form.cleaned_data[field], found)),
        )
        for (rule, field), found in by_rule.items()
        if field in form.fields
    )
    return Stops(
        shown=shown,
        asked=stopped.asked,
        minutes_left=stopped.minutes_left,
        can_cut=any(each.stop.cut for each in stopped.found),
        only_questions=all(each.stop.severity == "ask" for each in stopped.found),
        confirmed=answers.confirmed,
    )


def _pieces(text: str, found: list[Found]) -> Iterator[tuple[str, bool]]:
    """The text between what was found, and what was found."""
    now = 0
    for each in sorted(found, key=lambda each: each.start):
        if each.start > now:
            yield text[now : each.start], False
        yield text[max(now, each.start) : each.end], True
        now = max(now, each.end)
    if now < len(text):
        yield text[now:], False
