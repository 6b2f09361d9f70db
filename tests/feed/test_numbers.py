"""Numbers for calm: the interval keeps its level, and the page says no more than the counts do."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from goodfences import source
from goodfences.feed import cells, numbers, ratios
from goodfences.feed.models import Post
from goodfences.people.models import Account, Household
from goodfences.source import SeededSource
from tests.persons import OLIVES_PLACE, cell, signed_in


def poisson(mean: float, most: int) -> list[float]:
    return [math.exp(-mean + count * math.log(mean) - math.lgamma(count + 1)) for count in range(most)]


@pytest.mark.parametrize(("now", "before"), [(6, 6), (12, 12), (20, 8), (5, 30), (60, 60), (200, 150)])
def test_the_interval_holds_the_true_ratio_as_often_as_it_says(now: float, before: float) -> None:
    """Summed over all pairs of counts, not drawn: exact but for the tail."""
    true, held, all_of_it = now / before, 0.0, 0.0
    for count, chance in enumerate(poisson(now, int(now + 12 * math.sqrt(now)) + 12)):
        for other, likelihood in enumerate(poisson(before, int(before + 12 * math.sqrt(before)) + 12)):
            found = ratios.ratio(count, other)
            if found is not None:
                all_of_it += chance * likelihood
                held += chance * likelihood if found.low <= true <= found.high else 0
    assert 0.935 < held / all_of_it < 0.985


def test_the_interval_of_known_counts() -> None:
    found = ratios.ratio(30, 12)
    assert found is not None
    # Wilson's interval of 30 in 42 by hand: 0.5643 to 0.8284.
    assert (round(found.low, 2), round(found.high, 2)) == (1.3, 4.83)
    assert found.is_more and not found.is_less


def test_few_none_and_many_homes() -> None:
    assert ratios.ratio(5, 4) is None and ratios.ratio(20, 20, exposed_before=0) is None
    nothing_before, nothing_now = ratios.ratio(12, 0), ratios.ratio(0, 12)
    assert nothing_before is not None and math.isinf(nothing_before.high) and nothing_before.is_more
    assert nothing_now is not None and nothing_now.low == 0 and nothing_now.is_less
    grown = ratios.ratio(60, 20, exposed_now=300, exposed_before=100)
    assert grown is not None and not grown.is_more, "three times the homes tell three times as much"


def test_many_comparisons_are_each_made_surer() -> None:
    one, eight = ratios.ratio(30, 15), ratios.ratio(30, 15, of=8)
    assert one is not None and eight is not None and one.is_more and not eight.is_more


@pytest.mark.django_db
class TestAround:
    @pytest.fixture(autouse=True)
    def town(self, olive: Account, clock: SeededSource) -> None:
        long_ago = source.now() - timedelta(days=500)
        Household.objects.bulk_create(
            Household(cell=cell(OLIVES_PLACE), created_at=long_ago, ref=f"h{n}") for n in range(40)
        )

    def told(
        self, olive: Account, kind: str, number: int, days_ago: int, place: tuple[float, float] = OLIVES_PLACE
    ) -> None:
        at, here = source.now() - timedelta(days=days_ago), cells.coarse(cell(place))
        given = {"author": olive, "kind": kind, "title": "x", "language": "en", "written_at": at, "told_at": at}
        Post.objects.bulk_create(Post(cell=here, area_cell=cells.area_of(here), **given) for _ in range(number))

    def test_counts_these_days_and_those_a_year_ago_and_nothing_else(self, olive: Account) -> None:
        self.told(olive, "crime", 3, 2)
        self.told(olive, "crime", 4, 370)
        self.told(olive, "crime", 5, 200)
        self.told(olive, "crime", 6, 5, (60.30, 24.95))
        lines = {line.kind: line for line in numbers.around(olive).lines}
        assert (lines["crime"].now, lines["crime"].before, lines["crime"].ratio) == (3, 4, None)

    def test_the_page_says_so_in_words(self, olive: Account) -> None:
        self.told(olive, "hazard", 30, 2)
        self.told(olive, "hazard", 6, 370)
        self.told(olive, "question", 14, 2)
        self.told(olive, "question", 12, 370)
        client = signed_in(olive)
        page = client.get("/neighbors/numbers/").content.decode()
        assert "more than a year ago: 1.9 to 13.1 times" in page and "no clear difference" in page
        assert page.count("too few to say") == 6 and "tag stop" not in page
        Household.objects.exclude(memberships__account=olive).delete()
        page = client.get("/neighbors/numbers/").content.decode()
        assert "too few homes here" in page and "What that says" not in page
