"""The fields of an agreement and of an agency's first admin, for whoever fills them in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from goodfences.agencies.checks import OfficerParticulars
from goodfences.agencies.models import Agency
from goodfences.errors import Refused
from goodfences.policy import in_force
from goodfences.policy.model import LIMITED
from goodfences.web.forms import add_problems

KINDS = (
    (Agency.Kind.POLICE, _("Police")),
    (Agency.Kind.SHERIFF, _("Sheriff")),
    (Agency.Kind.FIRE, _("Fire department")),
)
_LIMIT = "limit:"


class AgreementForm(forms.Form):
    """What an agency signed, and the limits that it made stricter for itself."""

    agreement_text = forms.CharField(
        label=_("The agreement, in full"),
        help_text=_("At least 200 characters. It is published word for word."),
        widget=forms.Textarea,
    )
    signed_by = forms.CharField(label=_("Signed by"), help_text=_("Name and office, as published."))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        policy = in_force()
        for rule in policy.rules:
            kind = LIMITED.get(rule.name)
            if kind is not None and kind.stricter != "never":
                words = _("In %(unit)s; the policy says %(limit)s.") % {"unit": rule.unit, "limit": rule.limit}
                self.fields[_LIMIT + rule.name] = forms.DecimalField(
                    label=rule.title, help_text=words, required=False, widget=forms.NumberInput(attrs={"step": "any"})
                )
        self.fields["incident_types"] = forms.MultipleChoiceField(
            label=_("Only these types of incident"),
            help_text=_("None chosen means all."),
            choices=list(policy.incident_types.items()),
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )

    def limits(self) -> Iterator[forms.BoundField]:
        """The fields of the stricter limits."""
        return (self[name] for name in self.fields if name.startswith(_LIMIT) or name == "incident_types")

    def agreement(self) -> dict[str, Any]:
        """The keyword arguments of the acts that take an agreement."""
        given = self.cleaned_data
        stricter: dict[str, Any] = {
            name.removeprefix(_LIMIT): int(value) if value == int(value) else float(value)
            for name, value in given.items()
            if name.startswith(_LIMIT) and value is not None
        }
        if given["incident_types"]:
            stricter["incident_types"] = given["incident_types"]
        return {
            "agreement_text": given["agreement_text"],
            "signed_by": given["signed_by"],
            "stricter": stricter,
        }


class AdminForm(forms.Form):
    """The first admin of an agency."""

    admin_name = forms.CharField(label=_("Name"), help_text=_("For colleagues; never published."))
    admin_email = forms.CharField(
        label=_("Email address to sign in with"),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    admin_title = forms.CharField(label=_("Title"), help_text=_("Such as Captain. Published with the badge."))
    admin_badge = forms.CharField(label=_("Badge number"))
    admin_contact = forms.CharField(label=_("Contact"), help_text=_("Telephone or email, for owners to ask back."))

    def admin(self) -> OfficerParticulars:
        given = self.cleaned_data
        return OfficerParticulars(
            email=given["admin_email"],
            name=given["admin_name"],
            role="admin",
            title=given["admin_title"],
            badge=given["admin_badge"],
            contact=given["admin_contact"],
        )


def add_agency_problems(form: forms.Form, refused: Refused) -> None:
    """As web.forms.add_problems; an officer's problems go beside the fields of the admin."""
    moved = [
        replace(problem, field=f"admin_{problem.field}") if problem.rule.startswith("officer.") else problem
        for problem in refused.problems
    ]
    add_problems(form, Refused(*moved))
