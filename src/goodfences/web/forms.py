"""How every form is drawn, and how a refused act becomes words beside the right field."""

from __future__ import annotations

from django import forms
from django.forms.renderers import TemplatesSetting

from goodfences.errors import Refused


class FormRenderer(TemplatesSetting):
    """Draws forms with the templates of the design system: `{{ form }}` and `{{ field.as_field_group }}`."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


def add_problems(form: forms.BaseForm, refused: Refused) -> None:
    """Put each problem of a refused act beside its field, or over the form where it has no such field.

    Call after `form.is_valid()`; the form is invalid from then on and can be rendered again.
    """
    for problem in refused.problems:
        form.add_error(problem.field if problem.field in form.fields else None, problem.message)
