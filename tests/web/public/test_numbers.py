"""The record in plots: what they count, and that tables beside them say the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from goodfences import source
from goodfences.video_requests import numbers
from goodfences.video_requests.models.outcome import Outcome
from goodfences.video_requests.models.request import VideoRequest
from goodfences.web.public.plots import Part, percent, share, upright

pytestmark = pytest.mark.django_db
Make = Callable[..., VideoRequest]


def page(client: Client) -> str:
    answer = client.get("/record/numbers/")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def test_what_is_counted_is_what_anyone_can_read(opened: Make, refused: VideoRequest, submitted: Make) -> None:
    first, second = opened(), opened(incident_type="burglary")
    submitted()
    VideoRequest.objects.filter(pk=first.pk).update(urgent=True)
    Outcome.objects.create(video_request=first, answer=Outcome.Answer.HELPED)
    Outcome.objects.create(video_request=second)
    found = numbers.numbers()
    total = found.total
    assert (total.opened, total.refused, total.urgent, total.helped, total.answered) == (2, 1, 1, 1, 1)
    assert {line.key: (line.opened, line.refused) for line in found.incident_types}["burglary"] == (1, 0)
    assert [line.opened for line in found.agencies] == [2]
    # The window begins ten hours before noon UTC, which is four in the morning on the agency's clock.
    assert found.hours[4] == 2 and sum(found.hours) == 2
    assert len(found.months) == numbers.MONTHS
    assert (found.months[-1].key, found.months[-1].decided) == (f"{source.now():%Y-%m}", 3)


def test_months_go_on_where_nothing_was_asked(opened: Make, clock: source.SeededSource) -> None:
    opened()
    clock.advance(timedelta(days=45))
    months = numbers.numbers().months
    assert [month.opened for month in months[-3:]] == [1, 0, 0]
    clock.advance(timedelta(days=365 * 3))
    assert sum(month.opened for month in numbers.numbers().months) == 0
    assert numbers.numbers().total.opened == 1


def test_the_page_draws_it_and_says_it_in_tables(client: Client, opened: Make, refused: VideoRequest) -> None:
    assert "No request was decided yet." not in page(client)
    opened()
    shown = page(client)
    assert shown.count("<rect class=") >= 5
    assert "The highest bar is 2 requests." in shown
    assert ">50%</td>" in shown
    assert "These months as a table" in shown and "04:00</th><td>1</td>" in shown


def test_an_empty_record_has_a_page_too(client: Client) -> None:
    assert "No request was decided yet." in page(client)


def test_bars_stand_on_the_ground_and_upon_each_other() -> None:
    plot = upright([(3, 1), (0, 0), (2, 0)])
    assert plot.parts == [
        Part(1.0, 25.0, 8.0, 75.0, "a"),
        Part(1.0, 0.0, 8.0, 25.0, "b"),
        Part(21.0, 50.0, 8.0, 50.0, "a"),
    ]
    assert (plot.width, plot.most) == (30.0, 4)
    assert upright([(0,)]).parts == [] and upright([]).most == 0
    assert (share(1, 3), share(0, 0)) == ("33.33", "0")
    assert (percent(1, 3), percent(0, 0)) == (33, None)
