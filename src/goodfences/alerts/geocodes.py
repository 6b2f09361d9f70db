"""Shapes of the codes that warnings use in place of a drawing. No list comes with the program: an operator gives what
their town's senders use, such as the counties of a weather service."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from goodfences import places
from goodfences.alerts.models import Geocode
from goodfences.errors import Refused, refuse


@transaction.atomic
def give_shapes(geojson: Any) -> int:
    """Take the features of a FeatureCollection: a Polygon or MultiPolygon each, with `name` and `value`.

    A code that has a shape gets the new one. Returns how many there were. Raises `Refused`, and changes nothing then.
    """
    features = geojson.get("features") if isinstance(geojson, dict) else None
    if not isinstance(features, list) or not features:
        raise refuse("geocode.file", "file", "The file is no GeoJSON FeatureCollection with features.")
    for number, feature in enumerate(features, 1):
        name, value, rings = _read(feature, number)
        Geocode.objects.update_or_create(name=name, value=value, defaults={"rings": rings})
    return len(features)


def _read(feature: Any, number: int) -> tuple[str, str, list[Any]]:
    try:
        geometry, properties = feature["geometry"], feature["properties"]
        name, value = str(properties["name"]), str(properties["value"])
        kind, drawn = geometry["type"], geometry["coordinates"]
        polygons = {"Polygon": [drawn], "MultiPolygon": drawn}[kind]
        # Holes are left out: a warning that reaches a few too many does less harm than one that misses them.
        rings = [[(float(lon), float(lat)) for lon, lat, *_ in polygon[0]] for polygon in polygons]
    except (KeyError, TypeError, ValueError, IndexError):
        raise refuse(
            "geocode.feature", "file", f"Feature {number} is no Polygon or MultiPolygon with name and value."
        ) from None
    if not (0 < len(name) <= 60 and 0 < len(value) <= 60):
        raise refuse("geocode.feature", "file", f"Feature {number}: name and value have 1 to 60 letters.")
    try:
        places.region(rings)
    except Refused as refused:
        raise refuse("geocode.shape", "file", f"Feature {number}, {name} {value}: {refused}") from refused
    return name, value, rings
