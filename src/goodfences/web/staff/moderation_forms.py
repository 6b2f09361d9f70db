"""What moderators fill in. The forms parse; the acts judge."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from goodfences.moderation import rules
from goodfences.moderation.models import Outcome


def _reasons(label: Any, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=_("Published: name nobody, and repeat nothing of what it says."),
        required=required,
        widget=forms.Textarea(attrs={"rows": "4", "maxlength": "1000"}),
    )


class RulingForm(forms.Form):
    outcome = forms.ChoiceField(label=_("What is to happen"), choices=Outcome.choices, widget=forms.RadioSelect)
    rule = forms.ChoiceField(label=_("The rule"))
    reasons = _reasons(_("Why"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["rule"].choices = [  # type: ignore[attr-defined]
            (rule.key, rule.title) for rule in rules.in_force().rules.values()
        ]


class SecondForm(forms.Form):
    agree = forms.ChoiceField(
        label=_("Do you want it removed, too?"),
        choices=(("yes", _("Yes: remove it")), ("no", _("No: it stays"))),
        widget=forms.RadioSelect,
    )
    reasons = _reasons(_("Why it stays, if it does"), required=False)


class DecisionForm(forms.Form):
    overturn = forms.ChoiceField(
        label=_("The ruling"),
        choices=(("no", _("It stands")), ("yes", _("It is overturned"))),
        widget=forms.RadioSelect,
    )
    reasons = _reasons(_("Why"))


class StopForm(forms.Form):
    why = forms.CharField(
        label=_("Why, in words for its asker"),
        help_text=_("By mail and on its page. Say nothing of who reported it."),
        widget=forms.Textarea(attrs={"rows": "3", "maxlength": "500"}),
    )
