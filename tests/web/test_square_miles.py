"""An area is the same figure on every page: rounded, never cut off."""

from __future__ import annotations

import pytest
from django.utils.html import strip_tags

from goodfences import places
from goodfences.web.templatetags.goodfences import square_miles


@pytest.mark.parametrize(
    ("miles", "shown"), [(0.1192, "0.12"), (0.115, "0.12"), (0.0259, "0.026"), (0.1149, "0.11"), (0.4999, "0.50")]
)
def test_pages_and_the_record_round_an_area_alike(miles: float, shown: str) -> None:
    page = square_miles(miles * places.SQUARE_METERS_A_SQUARE_MILE)
    assert strip_tags(page) == f"{shown} square miles"
    assert places.rounded(miles) == float(shown)
