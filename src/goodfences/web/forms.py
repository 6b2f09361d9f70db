"""How every form is drawn, and how a refused act becomes words beside the right field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest

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


def attempt(form: forms.Form, act: Callable[..., Any], **arguments: Any) -> bool:
    """Do `act(**cleaned fields, **arguments)` if the form is valid; what it refuses stands beside the fields.

    The act is told of a posted field only if the form has it. Returns whether it was done.
    """
    if not form.is_valid():
        return False
    try:
        act(**{**form.cleaned_data, **arguments})
    except Refused as refused:
        add_problems(form, refused)
        return False
    return True


def attempt_or_warn(request: HttpRequest, done: str, act: Callable[..., Any], **arguments: Any) -> None:
    """Do `act(**arguments)` and say `done` over the next page, or why it was refused: where there is no form."""
    try:
        act(**arguments)
    except Refused as refused:
        warn(request, refused)
    else:
        messages.success(request, done)


def warn(request: HttpRequest, refused: Refused) -> None:
    """Say what was refused over the next page, where there is no form to say it beside."""
    for problem in refused.problems:
        messages.warning(request, problem.message)
