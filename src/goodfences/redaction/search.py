"""Looks for faces and people in the sandbox, in both halves of a part at once. Knows no Django."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from goodfences.clips import sandbox
from goodfences.clips.sandbox import Unfit
from goodfences.redaction import aside, marks
from goodfences.redaction.crew import CREW
from goodfences.redaction.marks import Anchor, Malformed, Mark

HALVED_FROM_MS = 3_000
"""A shorter part isn't worth a second process."""

BORDER_MS = 1_600
"""What was last seen so shortly before the middle is what is first seen so shortly after it, in about its place."""


@dataclass(frozen=True)
class Suggestion:
    """One face or person: the mark that it would be, where it was found most surely, and how that looks (JPEG)."""

    mark: Mark
    at_ms: int
    sure: float
    still: bytes


def search(data: bytes, starts_ms: int, ends_ms: int, limits: dict[str, Any]) -> list[Suggestion]:
    """What could be covered in a part of the clip, the surest first. `limits` as `sandbox.run` takes them.

    Raises sandbox.Unfit and sandbox.Interrupted.
    """
    middle = (starts_ms + ends_ms) // 2
    if ends_ms - starts_ms < HALVED_FROM_MS:
        return _ordered(_half(data, limits)((starts_ms, ends_ms)))
    look = _half(data, limits)
    first = aside.begin(lambda: look((starts_ms, middle)))
    second = look((middle, ends_ms))
    return _ordered(joined(first.result(), second, middle))


def joined(first: list[Suggestion], second: list[Suggestion], middle_ms: int) -> list[Suggestion]:
    """Both halves' suggestions, one of what goes on over the middle."""
    rest = list(second)
    found = []
    for one in first:
        goes_on = next((other for other in rest if _goes_on(one.mark, other.mark, middle_ms)), None)
        if goes_on is None:
            found.append(one)
            continue
        rest.remove(goes_on)
        a, b = one.mark, goes_on.mark
        surest = max(one, goes_on, key=lambda each: each.sure)
        whole = Mark(a.kind, a.starts_ms, b.ends_ms, a.anchors + b.anchors)
        found.append(Suggestion(whole, surest.at_ms, surest.sure, surest.still))
    return found + rest


def _half(data: bytes, limits: dict[str, Any]) -> Callable[[tuple[int, int]], list[Suggestion]]:
    def look(part: tuple[int, int]) -> list[Suggestion]:
        header = {"starts_ms": part[0], "ends_ms": part[1]}
        return _read(*sandbox.run("find", header, data, of=CREW, **limits))

    return look


def _read(facts: dict[str, Any], stills: list[bytes]) -> list[Suggestion]:
    """What a process that decoded untrusted video answered, in the form that it must have."""
    try:
        return [
            Suggestion(marks.mark(one["mark"]), int(one["at_ms"]), float(one["sure"]), still)
            for one, still in zip(facts["found"], stills, strict=True)
        ]
    except (Malformed, KeyError, TypeError, ValueError) as error:
        raise Unfit("This video breaks the decoder.") from error


def _goes_on(one: Mark, other: Mark, middle_ms: int) -> bool:
    last, first = one.anchors[-1], other.anchors[0]
    near = middle_ms - last.at_ms <= BORDER_MS and first.at_ms - middle_ms <= BORDER_MS
    return one.kind is other.kind and near and _in_its_place(last, first)


def _in_its_place(one: Anchor, other: Anchor) -> bool:
    """Whether the middle of each is at most a box and a half away from the other's."""
    across = abs((2 * one.left + one.width) - (2 * other.left + other.width)) / 2
    down = abs((2 * one.top + one.height) - (2 * other.top + other.height)) / 2
    return across <= 1.5 * max(one.width, other.width) and down <= 1.5 * max(one.height, other.height)


def _ordered(found: list[Suggestion]) -> list[Suggestion]:
    return sorted(found, key=lambda one: (-len(one.mark.anchors) * one.sure, one.mark.starts_ms))
