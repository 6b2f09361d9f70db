"""Forms for reporting, hiding and appealing. They parse; the acts judge."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from goodfences.moderation import rules


class ReportForm(forms.Form):
    rule = forms.ChoiceField(label=_("Which rule does it break?"), widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("Anything that the moderators should know"),
        help_text=_("They alone read it. You stay unnamed, to them and to the author."),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": "3", "maxlength": "500"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [
            (rule.key, format_html("<span><b>{}.</b> {}</span>", rule.title, rule.says))
            for rule in rules.in_force().rules.values()
        ]
        self.fields["rule"].choices = choices  # type: ignore[attr-defined]


class HideForm(forms.Form):
    how = forms.ChoiceField(
        label=_("For how long?"),
        choices=(("mute", _("For 30 days")), ("block", _("For good, until you change your mind"))),
        widget=forms.RadioSelect,
    )


class AppealForm(forms.Form):
    text = forms.CharField(
        label=_("Why is the ruling wrong?"),
        help_text=_("A moderator who had no part in it reads this. It isn’t published."),
        widget=forms.Textarea(attrs={"rows": "4", "maxlength": "1000"}),
    )
