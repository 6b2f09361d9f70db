"""The form about alerts. It parses; the act judges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from goodfences.alerts.models import AlertWish
from goodfences.feed.models import Kind
from goodfences.feed.queries import RADII_KM
from goodfences.web import showing

WAYS = (
    (AlertWish.Way.NONE, _("not at all")),
    (AlertWish.Way.PUSH, _("at once, as a notification in the browsers that you chose")),
    (AlertWish.Way.DAILY, _("one email a day")),
    (AlertWish.Way.WEEKLY, _("one email a week, on Monday")),
)
WARNINGS = (
    (AlertWish.Warnings.SEVERE, _("severe and extreme ones")),
    (AlertWish.Warnings.EXTREME, _("extreme ones alone")),
    (AlertWish.Warnings.ALL, _("all of them")),
    (AlertWish.Warnings.NONE, _("none")),
)


class AlertForm(forms.Form):
    warnings = forms.ChoiceField(label=_("You are told of"), choices=WARNINGS, widget=forms.RadioSelect)
    extreme_at_any_hour = forms.BooleanField(
        label=_("Extreme ones at any hour, on days away too"),
        help_text=_("All others wait until your quiet hours are over, and don’t come if they are over by then."),
        required=False,
    )
    warnings_by_mail = forms.BooleanField(
        label=_("By email, where no browser is notified"),
        required=False,
    )
    way = forms.ChoiceField(label=_("They come"), choices=WAYS, widget=forms.RadioSelect)
    kinds = forms.MultipleChoiceField(
        label=_("Neighbors’ posts about"), choices=Kind.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    agencies = forms.BooleanField(label=_("Whatever an agency posts"), required=False)
    radius_km = forms.TypedChoiceField(label=_("At most so far from home"), coerce=int)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["radius_km"].choices = [(km, showing.distance(km)) for km in RADII_KM]  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(wish: AlertWish) -> dict[str, Any]:
        """The form as this person filled it in."""
        return {name: getattr(wish, name) for name in AlertForm.base_fields}


@dataclass(frozen=True)
class Stopping:
    """What the page behind an email's link says; `again` and `stop` are the words of its one button."""

    title: str
    lead: str
    stop: str
    stopped_title: str
    stopped_lead: str
    done: str
