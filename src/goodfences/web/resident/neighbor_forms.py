"""The forms of neighbors' requests. They parse; the acts judge."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from goodfences.neighbor_requests import rules
from goodfences.neighbor_requests.check import Draft
from goodfences.neighbor_requests.models import NeighborRequest

_WRITTEN = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


def _moment(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(format=_WRITTEN[0], attrs={"type": "datetime-local"})
    return forms.DateTimeField(label=label, widget=widget, input_formats=_WRITTEN, required=False)


class NewForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What happened"), choices=NeighborRequest.Kind.choices, widget=forms.RadioSelect, required=False
    )
    starts_at = _moment(_("It happened after"))
    ends_at = _moment(_("and before"))
    reason = forms.CharField(
        label=_("In your own words"),
        help_text=_("What happened, and what a camera may have seen. No house numbers, and nobody’s name."),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
    )
    name = forms.CharField(
        label=_("Your name, if you like to tell it"),
        help_text=_("As you want to be called. Without it, they read “a neighbor”."),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    is_own = forms.BooleanField(
        label=_("This happened to me, or to what is mine"),
        help_text=_("Nobody can ask about other people’s comings and goings."),
        required=False,
    )

    def draft(self) -> Draft:
        return Draft(**self.cleaned_data)


class GivenForm(forms.Form):
    """What goes along with a share."""

    days = forms.TypedChoiceField(label=_("Your neighbor can watch it for"), coerce=int, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("A note to your neighbor"),
        help_text=_("Leave it empty, and they learn nothing but what the video shows."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = rules.in_force().kept_days
        chooser = self.fields["days"]
        assert isinstance(chooser, forms.TypedChoiceField)
        chooser.choices = [(days, ngettext_lazy("%d day", "%d days", days) % days) for days in kept]
        chooser.initial = kept[0]
