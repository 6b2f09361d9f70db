"""A file that is followed while it still comes, and who may keep it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

import pytest

from goodfences.clips.arriving import Arriving, Broken, InMemory


@pytest.fixture
def beside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def bring(arriving: Arriving, content: bytes) -> None:
    arriving.missing()[: len(content)] = content
    arriving.came(len(content))


def test_it_is_followed_while_it_comes() -> None:
    with Arriving() as arriving:
        arriving.expect(6)
        pieces = arriving.pieces()
        bring(arriving, b"one")
        assert next(pieces) == b"one"
        bring(arriving, b"two")
        assert [bytes(piece) for piece in pieces] == [b"two"]
        assert arriving.content() == b"onetwo"


def test_a_large_one_comes_a_mebibyte_at_a_time() -> None:
    with Arriving() as arriving:
        arriving.expect(2**21 + 1)
        arriving.came(2**21 + 1)
        assert [len(piece) for piece in arriving.pieces()] == [2**20, 2**20, 1]


def test_an_empty_one_comes_to_its_end() -> None:
    with Arriving() as arriving:
        arriving.expect(0)
        assert list(arriving.pieces()) == []
        arriving.is_good()
        assert list(arriving.to_keep()) == []


def test_who_keeps_it_waits_until_it_is_good(beside: ThreadPoolExecutor) -> None:
    with Arriving() as arriving:
        arriving.expect(3)
        kept = beside.submit(lambda: b"".join(arriving.to_keep()))
        bring(arriving, b"all")
        with pytest.raises(NotYet):
            kept.result(0.2)
        arriving.is_good()
        assert kept.result(20) == b"all"


def test_what_nobody_calls_good_is_not_kept(beside: ThreadPoolExecutor) -> None:
    with Arriving() as arriving:
        arriving.expect(3)
        kept = beside.submit(lambda: b"".join(arriving.to_keep()))
        bring(arriving, b"all")
    with pytest.raises(Broken):
        kept.result(20)


@pytest.mark.parametrize("expected", [True, False])
def test_one_that_breaks_off_is_no_file_for_anybody(beside: ThreadPoolExecutor, expected: bool) -> None:
    with Arriving() as arriving:
        seen = beside.submit(lambda: b"".join(arriving.pieces()))
        if expected:
            arriving.expect(3)
            bring(arriving, b"al")
    with pytest.raises(Broken):
        seen.result(20)


def test_nobody_who_follows_can_change_it() -> None:
    with Arriving() as arriving:
        arriving.expect(1)
        bring(arriving, b"1")
        assert next(arriving.pieces()).readonly and arriving.content().readonly


def test_what_is_in_memory_reads_as_a_file() -> None:
    file = InMemory(memoryview(b"0123456789"))
    assert (file.read(3), file.tell()) == (b"012", 3)
    assert (file.seek(-2, 2), file.read(), file.read()) == (8, b"89", b"")
    assert (file.seek(1), file.seek(1, 1), file.seek(-5)) == (1, 2, 0)
    with pytest.raises(OSError, match="read alone"):
        file.write(b"x")
