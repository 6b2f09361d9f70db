"""The page that shows every component and token of the design system."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class SampleForm(forms.Form):
    """One field of each kind, to be looked at; it is never sent."""

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


def show(request: HttpRequest) -> HttpResponse:
    wrong = SampleForm({"name": "x" * 61, "zone": "Mars"}, auto_id="wrong_%s")
    return render(request, "styleguide.html", {"form": SampleForm(auto_id="sample_%s"), "wrong": wrong})
