"""What an agency fills in to join. The forms parse; the acts judge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from goodfences import places
from goodfences.agencies.actions import Terms
from goodfences.agencies.checks import AgencyParticulars
from goodfences.agencies.models import Agency
from goodfences.errors import Problem, Refused
from goodfences.joining.checks import Applied
from goodfences.web.agreement_forms import KINDS, AdminForm, AgreementForm, add_agency_problems
from goodfences.web.fields import AreaField, geojson_of, zone_choices

SMALLEST, LARGEST = 0.1, 38_000
"""Square miles between which the map finds a jurisdiction likely; `places.jurisdiction` judges."""
SAID_ANEW = (
    *("jurisdiction", "area", "domain", "contact_email", "website", "time_zone"),
    *("responsible", "retention_days", "reuse"),
)
"""What an agency says of itself each time: fields of the form, of its particulars and of its row."""
_AGENCY = ("name", "kind", *SAID_ANEW)
_OVERSIGHT = ("oversight_name", "oversight_person", "oversight_email")


class JurisdictionField(AreaField):
    """A jurisdiction, cleaned to the GeoJSON that is published."""

    def clean(self, value: dict[str, str]) -> Any:
        try:
            shape = geojson_of(value)
            if shape is not None:
                return places.jurisdiction(shape)
        except Refused as refused:
            raise ValidationError([problem.message for problem in refused.problems]) from refused
        raise ValidationError(_("Draw the jurisdiction on the map, or give it as GeoJSON."), code="required")


class RenewForm(AgreementForm):
    """What an agency says of itself, and its agreement."""

    jurisdiction = forms.CharField(label=_("Jurisdiction"), help_text=_("The town, city or county that you serve."))
    area = JurisdictionField(
        min_sq_mi=SMALLEST,
        max_sq_mi=LARGEST,
        label=_("Its outline"),
        help_text=_("Roughly; it is published. Holes aren’t needed."),
    )
    domain = forms.CharField(
        label=_("Official domain"),
        help_text=_("Such as springfield.gov. You prove it in the next step."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "none"}),
    )
    contact_email = forms.CharField(
        label=_("Public contact"),
        help_text=_("An address at that domain, as you publish it."),
        widget=forms.EmailInput,
    )
    website = forms.CharField(label=_("Website"), required=False, widget=forms.URLInput)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)
    responsible = forms.CharField(
        label=_("Who answers for it"), help_text=_("Name and office, published: Carla Chief, Chief of Police.")
    )
    retention_days = forms.IntegerField(
        label=_("Days that you keep what you are given"),
        help_text=_("Published. Afterwards it is deleted, unless a court case holds it."),
        min_value=1,
    )
    reuse = forms.ChoiceField(
        label=_("For what you may use it"),
        help_text=_("Another case is a new request, always."),
        choices=Agency.Reuse.choices,
        widget=forms.RadioSelect,
    )
    oversight_name = forms.CharField(
        label=_("Council or oversight body"), help_text=_("Published. It sees your use here, and can suspend you.")
    )
    oversight_person = forms.CharField(label=_("One of its people"), help_text=_("Who signs in for it first."))
    oversight_email = forms.CharField(label=_("That person’s email address"), widget=forms.EmailInput)
    applicant_email = forms.CharField(
        label=_("Your own email address"),
        help_text=_("Where the next steps go; never published."),
        widget=forms.EmailInput,
    )

    def agency_fields(self) -> Iterator[forms.BoundField]:
        return (self[name] for name in _AGENCY if name in self.fields)

    def oversight_fields(self) -> Iterator[forms.BoundField]:
        return (self[name] for name in _OVERSIGHT)

    def applied(self) -> Applied:
        given, agreement = self.cleaned_data, self.agreement()
        return Applied(
            particulars=AgencyParticulars(
                name=given.get("name", ""),
                kind=given.get("kind", ""),
                place_cell=places.middle(given["area"]),
                **{name: given[name] for name in SAID_ANEW},
            ),
            terms=Terms(
                text=agreement["agreement_text"], signed_by=agreement["signed_by"], stricter=agreement["stricter"]
            ),
            admin=None,
            applicant_email=given["applicant_email"],
            oversight={name.removeprefix("oversight_"): given[name] for name in _OVERSIGHT},
        )


class ApplyForm(AdminForm, RenewForm):
    """A new agency's application."""

    name = forms.CharField(label=_("Name of the agency"))
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=KINDS,
        widget=forms.RadioSelect,
        help_text=_("Local agencies alone. Federal and immigration agencies can’t be partners."),
    )

    def admin_fields(self) -> Iterator[forms.BoundField]:
        return (self[name] for name in AdminForm.base_fields)

    def applied(self) -> Applied:
        return replace(super().applied(), admin=self.admin())


class SignatureForm(forms.Form):
    """The agency's signature, as a file or as its text."""

    file = forms.FileField(label=_("The file agreement.txt.sig"), required=False)
    signature = forms.CharField(
        label=_("Or its text"),
        required=False,
        widget=forms.Textarea(attrs={"class": "mono", "rows": 8, "spellcheck": "false"}),
    )

    def given(self) -> str:
        file = self.cleaned_data.get("file")
        if file is None:
            return str(self.cleaned_data["signature"])
        return bytes(file.read(10_000)).decode("ascii", "replace")


def add_problems(form: forms.Form, refused: Refused) -> None:
    """Beside the fields; what is said of the pin is said of the outline, from which it is taken."""
    moved = [Problem(each.rule, "area", each.message) if each.field == "place" else each for each in refused.problems]
    add_agency_problems(form, Refused(*moved))
