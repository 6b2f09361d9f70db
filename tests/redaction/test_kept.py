"""What takes long is made once, in a thread, and asked for again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from goodfences import source
from goodfences.redaction.kept import KEPT_FOR, Kept


def kept(most: int = 100) -> Kept[bytes]:
    return Kept(size=len, most_bytes=most)


def test_what_is_not_ready_yet_is_made_once_and_then_there() -> None:
    go, begun = threading.Event(), []

    def prepare() -> Callable[[], bytes]:
        begun.append(1)
        return lambda: b"made" if go.wait(10) else b""

    shelf = kept()
    assert shelf.soon("a", prepare, 0.01) is None
    assert shelf.soon("a", prepare, 0.01) is None
    go.set()
    assert shelf.soon("a", prepare, 10) == b"made"
    assert shelf.soon("a", prepare, 0) == b"made"
    assert begun == [1]


def test_what_goes_wrong_is_told_once_and_tried_anew() -> None:
    shelf, tries = kept(), iter([1 / 1, 0])

    def work() -> bytes:
        if next(tries):
            raise ValueError("broken")
        return b"made"

    with pytest.raises(ValueError, match="broken"):
        shelf.soon("a", lambda: work, 10)
    assert shelf.soon("a", lambda: work, 10) == b"made"


def test_the_oldest_go_first_and_all_go_after_a_while(clock: source.SeededSource) -> None:
    shelf = kept(10)
    shelf.put("a", b"123456")
    shelf.put("b", b"123456")
    assert (shelf.get("a"), shelf.get("b")) == (None, b"123456")
    clock.advance(KEPT_FOR + timedelta(seconds=1))
    assert shelf.get("b") is None


def test_one_that_is_larger_than_all_is_kept_alone() -> None:
    shelf = kept(1)
    shelf.put("a", b"123456")
    assert shelf.get("a") == b"123456"
