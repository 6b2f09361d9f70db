import json

import pytest
from django import forms

from goodfences import places
from goodfences.web.fields import AreaField, CellField

SQUARE = {"type": "Polygon", "coordinates": [[[24.94, 60.17], [24.95, 60.17], [24.95, 60.175], [24.94, 60.175]]]}
CELL = places.cell_at(60.17, 24.94)


class AreaForm(forms.Form):
    area = AreaField(min_sq_mi=0.025, max_sq_mi=0.5)


class CellForm(forms.Form):
    cell = CellField()


def test_a_drawn_polygon_becomes_an_area() -> None:
    form = AreaForm({"area": json.dumps(SQUARE)})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["area"].ranges == places.area_from_geojson(SQUARE).ranges


def test_a_center_and_a_radius_become_an_area() -> None:
    form = AreaForm({"area": "", "area_lat": "60.17", "area_lon": "24,94", "area_radius_m": "200"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["area"].ranges == places.area_from_circle(60.17, 24.94, 200).ranges


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Draw an area"),
        ({"area": "{"}, "could not be read"),
        ({"area": "[" * 100_000}, "could not be read"),
        ({"area": "x" * 200_001}, "200,000"),
        ({"area": '{"type":"Point","coordinates":[1,2]}'}, "Polygon"),
        ({"area_lat": "60.17"}, "all three"),
        ({"area_lat": "nan", "area_lon": "1", "area_radius_m": "200"}, "finite numbers"),
    ],
)
def test_what_is_no_area_is_refused_in_words(given: dict[str, str], said: str) -> None:
    form = AreaForm(given)
    assert not form.is_valid()
    assert said in str(form.errors["area"])


def test_a_refused_area_is_shown_again_as_it_was_typed() -> None:
    page = str(AreaForm({"area": '{"type":"Point"}', "area_lat": "60.17"}))
    assert "{&quot;type&quot;:&quot;Point&quot;}" in page
    assert 'value="60.17"' in page


@pytest.mark.parametrize("text", [str(CELL), places.cell_to_hex(CELL), places.cell_to_hex(CELL).upper()])
def test_a_cell_is_read_as_number_and_as_index(text: str) -> None:
    form = CellForm({"cell": text})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["cell"] == CELL


@pytest.mark.parametrize("text", ["", "60.17, 24.94", str(places.coarse(CELL)), "8b", "9" * 400])
def test_what_is_no_cell_is_refused(text: str) -> None:
    assert not CellForm({"cell": text}).is_valid()
