"""However many sealed files there are, which of them a backup holds is known by a file and not by memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

from goodfences.operating.backups import register, restoring
from goodfences.operating.backups.shelf import LIST, Backup, Kept, write_list


def kept(name: str, modified: str = "", lies: str = "") -> Kept:
    return Kept(name, lies or f"{name}.1", 1, modified, "0" * 64)


def test_of_a_name_the_last_is_held_and_all_come_in_order(tmp_path: Path) -> None:
    with register.opened(tmp_path) as held:
        held.know([kept("b"), kept("c"), kept("a", "before")])
        assert list(held.held()) == [] and held.counted() == (0, 0)
        for one in (kept("b"), kept("a", "first"), kept("a", "last")):
            held.hold(one)
        assert list(held.held()) == [kept("a", "last"), kept("b")] and held.counted() == (2, 2)
        assert held.find("c") == (kept("c"), False) and held.find("d") is None
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_one_left_is_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / ".register.sqlite3").write_bytes(b"half a page")
    with register.opened(tmp_path) as held:
        assert held.counted() == (0, 0)


def test_memory_stays_the_same_for_ten_times_as_many(tmp_path: Path) -> None:
    def many(count: int) -> Iterator[Kept]:
        return (kept(f"clips/2026-12-25/{number:032}.age") for number in range(count))

    def taken(count: int) -> int:
        tracemalloc.start()
        with register.opened(tmp_path) as held:
            held.know(many(count))
            held.need(many(count))
            (tmp_path / LIST).unlink(missing_ok=True)
            write_list(tmp_path / LIST, many(count))
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    assert taken(5000) < 2 * taken(500)


def test_of_a_list_with_two_of_a_name_the_last_is_restored(tmp_path: Path) -> None:
    """As earlier versions wrote them."""
    write_list(tmp_path / LIST, [kept("a", "first", "a.1"), kept("b"), kept("a", "last", "a.2")])
    wanted = restoring._one_a_name(Backup(tmp_path, {"blobs": {"count": 3}}))
    assert [one.lies for one in wanted] == ["a.2", "b.1"]
