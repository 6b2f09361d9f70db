"""Form fields for places and their time zones. Each works without JavaScript; its island only makes it easier."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from goodfences import places, time_zones
from goodfences.errors import Refused

MAX_GEOJSON = 200_000


def zone_choices() -> list[tuple[str, str]]:
    """For a field of time zones: `America/New York` is easier to read."""
    return [(name, name.replace("_", " ")) for name in time_zones.offered()]


class AreaInput(forms.Widget):
    """A map to draw on; without JavaScript a GeoJSON text, or a center and a radius.

    `min_sq_mi` and `max_sq_mi` are the policy's limits, which the map shows while one draws;
    `bounds` (west, south, east, north) is what it shows at first, and `inside` the address of an outline (GeoJSON)
    that the area has to stay in.
    """

    template_name = "widgets/area.html"
    use_fieldset = True

    def __init__(
        self, *, min_sq_mi: float, max_sq_mi: float, bounds: list[float] | None = None, inside: str = ""
    ) -> None:
        super().__init__()
        self.min_sq_mi, self.max_sq_mi, self.bounds, self.inside = min_sq_mi, max_sq_mi, bounds, inside

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        given = value if isinstance(value, dict) else {"geojson": value or ""}
        # As text: a template would write 0,025 for a Spanish reader, and the island reads 0.025.
        limits = {"min_sq_mi": str(self.min_sq_mi), "max_sq_mi": str(self.max_sq_mi)}
        bounds = json.dumps(self.bounds) if self.bounds else ""
        context["widget"].update(given=given, bounds=bounds, inside=self.inside, **limits)
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        parts = {"geojson": name, "lat": f"{name}_lat", "lon": f"{name}_lon", "radius": f"{name}_radius_m"}
        return {part: (data.get(key) or "").strip() for part, key in parts.items()}

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}_radius_m" not in data


class AreaField(forms.Field):
    """An area, cleaned to `places.Area`; None where it needn't be given. The policy judges its size, not it."""

    def __init__(
        self,
        *,
        min_sq_mi: float,
        max_sq_mi: float,
        bounds: list[float] | None = None,
        inside: str = "",
        **options: Any,
    ) -> None:
        widget = AreaInput(min_sq_mi=min_sq_mi, max_sq_mi=max_sq_mi, bounds=bounds, inside=inside)
        super().__init__(widget=widget, **options)

    def clean(self, value: dict[str, str]) -> Any:
        try:
            if value["geojson"]:
                return places.area_from_geojson(_parsed(value["geojson"]))
            circle = [value["lat"], value["lon"], value["radius"]]
            if any(circle):
                return places.area_from_circle(*_numbers(circle))
        except Refused as refused:
            raise ValidationError([problem.message for problem in refused.problems]) from refused
        if self.required:
            raise ValidationError(_("Draw an area on the map, or give a center and a radius."), code="required")
        return None


def geojson_of(value: dict[str, str]) -> object:
    """What was drawn or given in figures, as GeoJSON; None for nothing. Raises ValidationError."""
    if value["geojson"]:
        return _parsed(value["geojson"])
    circle = [value["lat"], value["lon"], value["radius"]]
    if not any(circle):
        return None
    lat, lon, radius = _numbers(circle)
    if not (abs(lat) <= places.MAX_LATITUDE and abs(lon) <= 360 and 0 < radius <= places.MAX_CIRCLE_M):
        raise ValidationError(_("Give latitude and longitude in degrees, and a radius of at most 150,000 meters."))
    return {"type": "Polygon", "coordinates": [places.ring_around(lat, lon, radius)]}


def _parsed(text: str) -> object:
    if len(text) > MAX_GEOJSON:
        raise ValidationError(_("This GeoJSON has more than 200,000 characters. Draw the area with fewer corners."))
    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValidationError(_("This is not GeoJSON: it could not be read as JSON.")) from error
    return parsed


def _numbers(texts: list[str]) -> list[float]:
    try:
        return [float(text.replace(",", ".")) for text in texts]
    except ValueError as error:
        raise ValidationError(
            _("Give all three as numbers: latitude and longitude in degrees, radius in meters.")
        ) from error


class CellInput(forms.TextInput):
    """A pin on a map, turned into an H3 cell in the browser; without JavaScript the cell's index.

    The coordinate has no form field: it never leaves the browser (P9).
    """

    template_name = "widgets/cell.html"

    def __init__(self, *, bounds: list[float] | None = None, of: str = "home") -> None:
        """`of` says whose place it is, `home` or `agency`: the map's words differ."""
        super().__init__()
        self.bounds = bounds
        self.of = of

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["bounds"] = json.dumps(self.bounds) if self.bounds else ""
        context["widget"]["of"] = self.of
        return context


class CellField(forms.Field):
    """A place, cleaned to an H3 cell at resolution 11 as a signed 64-bit integer."""

    def __init__(self, *, bounds: list[float] | None = None, of: str = "home", **options: Any) -> None:
        super().__init__(widget=CellInput(bounds=bounds, of=of), **options)

    def to_python(self, value: Any) -> int | None:
        text = str(value or "").strip().lower()
        if not text:
            return None
        digits = f"{int(text):x}" if text.isdecimal() and len(text) == 18 else text
        try:
            return places.cell_from_hex(digits)
        except Refused as refused:
            raise ValidationError([problem.message for problem in refused.problems]) from refused
