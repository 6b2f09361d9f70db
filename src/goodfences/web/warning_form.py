"""The form of a warning that is issued here, for operators and officers. It parses; the acts judge."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from goodfences import places, source
from goodfences.agencies.models import Agency
from goodfences.alerts.models import RANKS, AgencyWarning, Severity
from goodfences.alerts.own import CERTAINTIES, URGENCIES, Particulars, Words
from goodfences.places import MAX_AREA_M2, SQUARE_METERS_A_SQUARE_MILE
from goodfences.web.fields import AreaField
from goodfences.web.portal.fields import LocalTimeField
from goodfences.web.warnings import certainty, severity, urgency

CATEGORIES = (
    ("Safety", _("Safety of the public")),
    ("Security", _("Police, a person who is a danger")),
    ("Rescue", _("Search and rescue")),
    ("Fire", _("Fire")),
    ("Health", _("Health")),
    ("Env", _("Pollution")),
    ("Transport", _("Roads, rails, bridges")),
    ("Infra", _("Power, gas, water")),
    ("Met", _("Weather, floods")),
    ("Geo", _("Earthquakes, landslides")),
    ("CBRNE", _("Chemical, radiation, explosives")),
    ("Other", _("Something else")),
)
TEXTS = ("event", "headline", "description", "instruction")
LASTS = timedelta(hours=3)
"""What the form offers at first."""


class WarningForm(forms.Form):
    use_required_attribute = False

    event = forms.CharField(label=_("Of what"), help_text=_("In a word or two: Gas leak."))
    headline = forms.CharField(
        label=_("Headline"), help_text=_("What happens, and where, in a line of at most 160 letters.")
    )
    instruction = forms.CharField(
        label=_("What to do"),
        required=False,
        help_text=_("Short and plain, the most urgent first: it stands on top."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    description = forms.CharField(label=_("What is happening"), widget=forms.Textarea(attrs={"rows": 4}))
    event_es = forms.CharField(label=_("Of what, in Spanish"), required=False)
    headline_es = forms.CharField(label=_("Headline, in Spanish"), required=False)
    instruction_es = forms.CharField(
        label=_("What to do, in Spanish"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    description_es = forms.CharField(
        label=_("What is happening, in Spanish"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    category = forms.ChoiceField(label=_("Category"), choices=CATEGORIES)
    severity = forms.ChoiceField(
        label=_("How severe"),
        initial=Severity.MODERATE,
        help_text=_(
            "Extreme and Severe reach people who didn’t ask for anything; Extreme even in their quiet hours."
        ),
    )
    urgency = forms.ChoiceField(label=_("How urgent"))
    certainty = forms.ChoiceField(label=_("How certain"))
    expires_at = LocalTimeField(label=_("Holds until"), help_text=_("15 minutes to 7 days from now."))
    area_name = forms.CharField(
        label=_("Where, in words"), help_text=_("As people there call it: Harbor, east of Mill Street.")
    )
    area = AreaField(
        label=_("Area"),
        min_sq_mi=0,
        max_sq_mi=round(MAX_AREA_M2 / SQUARE_METERS_A_SQUARE_MILE, 2),
        required=False,
        help_text=_("It is public as the coarse cells that it touches."),
    )

    def __init__(
        self, data: Any = None, *, agency: Agency | None = None, updates: AgencyWarning | None = None
    ) -> None:
        super().__init__(data, initial=_initial_of(updates) if updates else None)
        self.agency, self.updates = agency, updates
        self._choose("severity", ((one, severity(one)) for one in RANKS))
        self._choose("urgency", ((one, urgency(one) or _("Not known")) for one in URGENCIES))
        self._choose("certainty", ((one, certainty(one) or _("Not known")) for one in CERTAINTIES))
        self.fields["expires_at"].initial = timezone.localtime(source.now() + LASTS)
        if updates is not None:
            label = _("The same area as now, whatever is drawn")
            self.fields["same"] = forms.BooleanField(label=label, required=False, initial=True)
        if agency is not None and agency.area:
            self.fields["whole"] = forms.BooleanField(
                label=_("All of %(place)s, whatever is drawn") % {"place": agency.jurisdiction}, required=False
            )

    def _choose(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)

    def in_english(self) -> list[forms.BoundField]:
        return [self[name] for name in ("event", "headline", "instruction", "description")]

    def in_spanish(self) -> list[forms.BoundField]:
        return [self[f"{name}_es"] for name in ("event", "headline", "instruction", "description")]

    def particulars(self) -> Particulars:
        given = self.cleaned_data
        words = [Words("en", *(given[name] for name in TEXTS))]
        spanish = [given[f"{name}_es"] for name in TEXTS]
        if any(spanish):
            words.append(Words("es", *spanish))
        names = ("category", "severity", "urgency", "certainty", "expires_at", "area_name")
        return Particulars(words=tuple(words), cells=self._cells(), **{name: given[name] for name in names})

    def _cells(self) -> tuple[int, ...]:
        if self.agency is not None and self.cleaned_data.get("whole"):
            return tuple(places.region(_rings(self.agency.area or {})).cells)
        if self.updates is not None and self.cleaned_data.get("same"):
            return tuple(self.updates.cells)
        drawn: places.Area | None = self.cleaned_data["area"]
        return tuple(drawn.place_cells) if drawn else ()


def _initial_of(one: AgencyWarning) -> dict[str, Any]:
    """For an update: what the warning says now."""
    said = {words["language"]: words for words in one.words}
    names = ("category", "severity", "urgency", "certainty", "area_name")
    return {
        **{name: getattr(one, name) for name in names},
        **{name: said["en"][name] for name in TEXTS},
        **{f"{name}_es": said.get("es", {}).get(name, "") for name in TEXTS},
    }


def _rings(area: dict[str, Any]) -> list[Any]:
    """The outer outlines of a jurisdiction."""
    parts = area["coordinates"] if area["type"] == "MultiPolygon" else [area["coordinates"]]
    return [part[0] for part in parts]
