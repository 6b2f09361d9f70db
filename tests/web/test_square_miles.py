"""An area is the same figure on every page: rounded, never cut off."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from django.utils.html import strip_tags

from goodfences import places
from goodfences.web.templatetags.goodfences import area, square_miles


@pytest.mark.parametrize(
    ("miles", "shown"), [(0.1192, "0.12"), (0.115, "0.12"), (0.0259, "0.026"), (0.1149, "0.11"), (0.4999, "0.50")]
)
def test_pages_and_the_record_round_an_area_alike(miles: float, shown: str) -> None:
    page = square_miles(miles * places.SQUARE_METERS_A_SQUARE_MILE)
    assert strip_tags(page) == f"{shown} square miles"
    assert places.rounded(miles) == float(shown)


@pytest.mark.parametrize(
    ("zone", "language", "shown", "hover"),
    [
        ("America/Chicago", "en", "0.11 square miles", "0.29 km²"),
        ("America/Indiana/Knox", "es", "0.11 millas cuadradas", "0.29 km²"),
        ("Europe/Dublin", "en", "0.29 square kilometers", "0.11 square miles"),
        ("America/Mexico_City", "es", "0.29 kilómetros cuadrados", "0.11 millas cuadradas"),
    ],
)
def test_residents_read_an_area_in_the_unit_of_where_they_live(
    zone: str, language: str, shown: str, hover: str
) -> None:
    with timezone.override(ZoneInfo(zone)), translation.override(language):
        page = area(290_000)
    assert strip_tags(page).replace(",", ".") == shown and hover in page.replace(",", ".")
