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


class _Judged:
    """A field that has to be filled in; that it isn't, the act says together with everything else."""

    def validate(self, value: Any) -> None:
        pass


class _Text(_Judged, forms.CharField):
    pass


class _Moment(_Judged, forms.DateTimeField):
    pass


class _Choice(_Judged, forms.ChoiceField):
    pass


class _Yes(_Judged, forms.BooleanField):
    pass


def _moment(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(format=_WRITTEN[0], attrs={"type": "datetime-local"})
    return _Moment(label=label, widget=widget, input_formats=_WRITTEN)


class NewForm(forms.Form):
    kind = _Choice(label=_("What happened"), choices=NeighborRequest.Kind.choices, widget=forms.RadioSelect)
    starts_at = _moment(_("It happened after"))
    ends_at = _moment(_("and before"))
    reason = _Text(
        label=_("In your own words"),
        help_text=_("What happened, and what a camera may have seen. No house numbers, and nobody’s name."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    name = forms.CharField(
        label=_("Your name, if you like to tell it"),
        help_text=_("As you want to be called. Without it, they read “a neighbor”."),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    is_own = _Yes(
        label=_("This happened to me, or to what is mine"),
        help_text=_("Nobody can ask about other people’s comings and goings."),
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
