"""The form of a source of official warnings. It parses; the act judges."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from goodfences.alerts.models import WarningSource

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
