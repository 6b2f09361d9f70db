"""The demo town has something to read: of every kind, by the rules; one was removed by a ruling."""

from __future__ import annotations

import pytest

from goodfences.demo import neighborhood, town
from goodfences.demo.cast import BY_KEY
from goodfences.feed import queries
from goodfences.feed.models import Comment, Kind, Post
from goodfences.people.models import Account

pytestmark = pytest.mark.django_db


def test_its_neighbors_have_told_each_other_something(settings: object) -> None:
    settings.HOMES_PER_KM2 = 2500  # type: ignore[attr-defined]
    town.settle()
    assert set(Post.objects.values_list("kind", flat=True)) == set(Kind.values)
    assert set(Post.objects.values_list("standing", flat=True)) == {"published", "removed"}
    assert set(Comment.objects.values_list("standing", flat=True)) == {"published"}
    nadia = Account.objects.get(email=BY_KEY["nadia"].email)
    shown = queries.near(nadia, radius_km=5)
    assert len(shown) == len(neighborhood.POSTS) + 2
    told = [one.post.told_at for one in shown]
    assert told == sorted(told, reverse=True) and len(set(told)) == len(told)
