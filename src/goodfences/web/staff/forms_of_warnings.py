"""The forms about official warnings. They parse; the acts judge."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from goodfences.alerts.models import Severity, WarningSource
from goodfences.alerts.own import CATEGORIES, CERTAINTIES, URGENCIES, Particulars, Words
from goodfences.places import MAX_AREA_M2, SQUARE_METERS_A_SQUARE_MILE
from goodfences.web.fields import AreaField

_MANY = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})


class SourceForm(forms.Form):
    name = forms.CharField(
        label=_("Who warns"), help_text=_("As residents read it, such as National Weather Service.")
    )
    kind = forms.ChoiceField(
        label=_("How its warnings come"),
        choices=[
            (WarningSource.Kind.FEED, _("A feed that this server looks at")),
            (WarningSource.Kind.FILE, _("Files, by the command goodfences warnings import")),
        ],
        widget=forms.RadioSelect,
    )
    url = forms.CharField(
        label=_("Address of the feed"),
        required=False,
        help_text=_("Atom, RSS or one CAP file; https."),
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    hosts = forms.CharField(
        label=_("Other hosts of its files"),
        required=False,
        help_text=_("One a line. Files are fetched from the feed’s own host and these alone."),
        widget=_MANY,
    )
    senders = forms.CharField(
        label=_("Senders"),
        help_text=_("One a line, as its messages name them. All others are refused."),
        widget=_MANY,
    )
    certificate = forms.CharField(
        label=_("Certificate"),
        required=False,
        help_text=_("PEM. Where there is one, only messages that it signed are taken."),
        widget=_MANY,
    )
    covers_all = forms.BooleanField(
        label=_("What it sends without a drawn area is for everybody here"), required=False
    )

    def source(self) -> dict[str, Any]:
        """The keyword arguments of `sources.register`."""
        given = self.cleaned_data
        lines = {name: given[name].splitlines() for name in ("hosts", "senders")}
        return {**given, **lines}


class WarningForm(forms.Form):
    event = forms.CharField(label=_("Of what"), help_text=_("In a word or two: Gas leak."))
    headline = forms.CharField(label=_("Headline"), help_text=_("At most 160 letters."))
    description = forms.CharField(label=_("What is happening"), widget=forms.Textarea)
    instruction = forms.CharField(label=_("What to do"), required=False, widget=forms.Textarea)
    event_es = forms.CharField(label=_("Of what, in Spanish"), required=False)
    headline_es = forms.CharField(label=_("Headline, in Spanish"), required=False)
    description_es = forms.CharField(label=_("What is happening, in Spanish"), required=False, widget=forms.Textarea)
    instruction_es = forms.CharField(label=_("What to do, in Spanish"), required=False, widget=forms.Textarea)
    category = forms.ChoiceField(label=_("Category"), choices=[(one, one) for one in CATEGORIES], initial="Safety")
    severity = forms.ChoiceField(
        label=_("Severity"),
        choices=[(one, one) for one in Severity.values],
        initial=Severity.MODERATE,
        help_text=_(
            "Extreme and Severe reach people who didn’t ask for anything; Extreme even in their quiet hours."
        ),
    )
    urgency = forms.ChoiceField(label=_("Urgency"), choices=[(one, one) for one in URGENCIES])
    certainty = forms.ChoiceField(label=_("Certainty"), choices=[(one, one) for one in CERTAINTIES])
    expires_at = forms.DateTimeField(
        label=_("Holds until"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    area_name = forms.CharField(label=_("Where, in words"))
    area = AreaField(
        label=_("Area"),
        min_sq_mi=0,
        max_sq_mi=round(MAX_AREA_M2 / SQUARE_METERS_A_SQUARE_MILE, 2),
        help_text=_("It is public as the coarse cells that it touches."),
    )

    def in_english(self) -> list[forms.BoundField]:
        return [self[name] for name in ("event", "headline", "description", "instruction")]

    def in_spanish(self) -> list[forms.BoundField]:
        return [self[f"{name}_es"] for name in ("event", "headline", "description", "instruction")]

    def particulars(self) -> Particulars:
        given = self.cleaned_data
        words = [Words("en", *(given[name] for name in ("event", "headline", "description", "instruction")))]
        spanish = [given[f"{name}_es"] for name in ("event", "headline", "description", "instruction")]
        if any(spanish):
            words.append(Words("es", *spanish))
        names = ("category", "severity", "urgency", "certainty", "expires_at", "area_name", "area")
        return Particulars(words=tuple(words), **{name: given[name] for name in names})
