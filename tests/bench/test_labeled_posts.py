"""The labeled posts: enough of them, in groups, halved by a rule that nobody bends."""

from __future__ import annotations

from collections import Counter

import pytest

from goodfences.bench.labeled_posts import HELD, LANGUAGES, TUNING, groups
from goodfences.visible import hidden_problems


@pytest.fixture(params=LANGUAGES, scope="module")
def posts(request):
    return list(groups(request.param))


def test_there_are_at_least_four_hundred_and_none_twice(posts):
    texts = [text for group in posts for text in group.texts]
    assert len(texts) >= 400
    assert len(set(texts)) == len(texts)
    assert len({group.name for group in posts}) == len(posts)


def test_every_group_holds_posts_to_compare_and_can_be_posted(posts):
    for group in posts:
        assert len(group.texts) >= 2, group.name
        assert not any(hidden_problems(text, "text", lines=True) for text in group.texts), group.name


def test_the_halves_are_about_as_large_and_both_hold_posts_that_break_nothing(posts):
    count = Counter(group.half for group in posts for _ in group.texts)
    fine = Counter(group.half for group in posts for _ in group.texts if not group.breaks)
    assert min(count[TUNING], count[HELD]) >= 180
    assert min(fine[TUNING], fine[HELD]) >= 60
