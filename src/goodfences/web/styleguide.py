"""The page that shows every component and token of the design system."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goodfences.web.fields import AreaField, CellField

COLORS = [
    "paper",
    "card",
    "sunken",
    "ink",
    "ink-soft",
    "line",
    "edge",
    "pine",
    "pine-wash",
    "clay",
    "clay-wash",
    "focus",
]
CLIPS = [
    ("Front door", "motion", 11, 18, False),
    ("Street", "vehicle", 37, 40, True),
    ("Street", "motion", 69, 9, False),
]
STARTS_AT = datetime(2026, 11, 24, 2, 10, tzinfo=UTC)
ENDS_AT = STARTS_AT + timedelta(minutes=90)


class SampleForm(forms.Form):
    """One field of each kind, to be looked at; it is never sent."""

    quiet = True
    """What is wrong with it doesn't draw the reader down the page."""

    name = forms.CharField(label="Name of the camera", help_text="As you call it at home.", max_length=60)
    looks_at = forms.ChoiceField(
        label="Where it looks",
        widget=forms.RadioSelect,
        choices=[("street", "Street"), ("door", "Door"), ("yard", "Yard"), ("indoors", "Indoors")],
        help_text="Indoor cameras are never in any request.",
    )
    zone = forms.ChoiceField(
        label="Time zone", choices=[("America/Chicago", "Chicago"), ("Europe/Helsinki", "Helsinki")]
    )
    note = forms.CharField(label="A note to your household", widget=forms.Textarea, required=False)
    askable = forms.BooleanField(
        label="This camera may be asked about", required=False, help_text="You decide on each request all the same."
    )


class PlacesForm(forms.Form):
    """The two fields with maps."""

    area = AreaField(label="Area of the request", min_sq_mi=0.025, max_sq_mi=0.5)
    cell = CellField(label="Where you live")


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Public, static, and the same for everyone."""
    context: dict[str, Any] = {
        "schemes": ["light", "dark"],
        "colors": COLORS,
        "starts_at": STARTS_AT,
        "ends_at": ENDS_AT,
        "spans": _spans(),
        "geojson": _geojson(),
        "keyframes": list(range(0, 18_000, 2_000)),
        "form": SampleForm(auto_id="sample_%s"),
        "wrong": SampleForm({"name": "x" * 61, "zone": "Mars"}, auto_id="wrong_%s"),
        "places": PlacesForm(auto_id="place_%s"),
    }
    return render(request, "styleguide.html", context)


def _spans() -> list[dict[str, Any]]:
    spans: list[dict[str, Any]] = [
        {
            "camera": camera,
            "kind": kind,
            "starts_at": STARTS_AT + timedelta(minutes=minute),
            "ends_at": STARTS_AT + timedelta(minutes=minute, seconds=seconds),
            "duration_ms": seconds * 1000,
            "label": camera,
            "chosen": chosen,
        }
        for camera, kind, minute, seconds, chosen in CLIPS
    ]
    off = {"starts_at": STARTS_AT + timedelta(minutes=49), "ends_at": STARTS_AT + timedelta(minutes=57)}
    return [*spans, {**off, "gap": True, "label": "Camera off"}]


def _geojson() -> dict[str, Any]:
    ring = [[24.9402, 60.1655], [24.9458, 60.1652], [24.9472, 60.1676], [24.9436, 60.169], [24.9398, 60.168]]
    area = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    features = [{"type": "Feature", "properties": {"kind": "area"}, "geometry": area}]
    for name, position in [("Front door", [24.9428, 60.1668]), ("Street", [24.9439, 60.1672])]:
        point = {"type": "Point", "coordinates": position}
        features.append({"type": "Feature", "properties": {"kind": "own", "name": name}, "geometry": point})
    return {"type": "FeatureCollection", "features": features}
