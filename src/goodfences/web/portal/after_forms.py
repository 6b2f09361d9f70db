"""The forms about a shared video after the share. They parse; the acts judge."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from goodfences.evidence.models.after import DeletionRequest, HandOn


def _words(label: Any, help_text: Any, rows: int = 3) -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, widget=forms.Textarea(attrs={"rows": rows}))


class HoldForm(forms.Form):
    ground = _words(_("Ground in law"), _("The owner reads it. 10 to 300 characters."), 2)
    until = forms.DateField(
        label=_("Until the end of"),
        help_text=_("It ends by itself then."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class HandOnForm(forms.Form):
    to = forms.ChoiceField(label=_("To"), choices=HandOn.To.choices, widget=forms.RadioSelect)
    name = forms.CharField(
        label=_("Name or office"), help_text=_("The owner reads it. Of another agency, its name as on the record.")
    )
    why = _words(_("For what"), _("The owner reads it. 10 to 500 characters."), 2)


class QuestionForm(forms.Form):
    text = _words(_("Your question"), _("10 to 500 characters, by the same rules as the reason of a request."))


class ReuseForm(forms.Form):
    case_number = forms.CharField(label=_("The other case’s number"), widget=forms.TextInput({"autocomplete": "off"}))
    reason = _words(
        _("Why, in plain words"), _("The owner decides by it. The rules are those of a request’s reason.")
    )


class DeletionForm(forms.Form):
    answer = forms.ChoiceField(
        label=_("Your answer"),
        choices=[
            (DeletionRequest.Answer.DELETED.value, _("Every copy is deleted")),
            (DeletionRequest.Answer.KEPT.value, _("It is kept")),
        ],
        widget=forms.RadioSelect,
    )
    why = _words(_("How it was deleted, or why it is kept"), _("Published. 10 to 500 characters."))
    law = forms.CharField(
        label=_("The law by which it is kept"), help_text=_("Published. Only of one that is kept."), required=False
    )
