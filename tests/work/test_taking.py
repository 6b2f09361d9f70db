"""Rows that several workers take at once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from goodfences import source
from goodfences.work.models import Turn
from goodfences.work.taking import take, take_one
from tests.at_once import at_once

MARK = {"holder": "taken"}


def due():
    return Turn.objects.filter(holder="").order_by("name")


def make(*names: str) -> None:
    Turn.objects.bulk_create([Turn(name=name, holder="", until=source.now()) for name in names])


@pytest.mark.django_db
def test_the_first_ones_are_taken_and_no_more() -> None:
    make("a", "b", "c")
    assert [row.name for row in take(due(), 2, MARK)] == ["a", "b"]
    assert [row.name for row in due()] == ["c"]
    assert take(due(), 0, MARK) == []


@pytest.mark.django_db
def test_the_mark_may_depend_on_the_row() -> None:
    make("a", "b")
    first = take_one(due(), lambda row: {"holder": row.name, "until": row.until + timedelta(minutes=1)})
    assert first is not None and Turn.objects.get(name="a").until == first.until + timedelta(minutes=1)
    assert take_one(due(), lambda row: {"holder": row.name}) and take_one(due(), lambda row: {}) is None


@pytest.mark.django_db
def test_where_nothing_is_due_nothing_is_written(django_assert_num_queries) -> None:
    with django_assert_num_queries(2):
        assert take(due(), 5, MARK) == [] and take_one(due(), lambda row: {}) is None


@pytest.mark.at_once
@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_each_takes_others() -> None:
    make(*"abcdef")
    one, other = at_once(lambda: take(due(), 4, MARK), lambda: take(due(), 4, MARK))
    names = [row.name for row in one + other]
    assert len(names) == len(set(names)) >= 4


@pytest.mark.at_once
@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_another() -> None:
    make("a", "b")
    taken, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            take(due(), 1, MARK)
            taken.set()
            go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert taken.wait(20)
    assert [row.name for row in take(due(), 5, MARK)] == ["b"]
    go_on.set()
    thread.join(20)
    assert not due().exists()
