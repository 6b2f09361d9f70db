"""The forms of the operator's pages. They parse; the acts judge."""

from __future__ import annotations

from collections.abc import Iterator

from django import forms
from django.utils.translation import gettext_lazy as _

from goodfences.agencies.checks import AgencyParticulars
from goodfences.places import coarse
from goodfences.web.agreement_forms import KINDS, AdminForm, AgreementForm
from goodfences.web.fields import CellField, zone_choices


class AdmitForm(AdminForm, AgreementForm):
    """A new partner."""

    field_order = (
        *("name", "kind", "jurisdiction", "contact_email", "website", "time_zone", "place"),
        *("agreement_text", "signed_by"),
    )

    name = forms.CharField(label=_("Name of the agency"))
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=KINDS,
        widget=forms.RadioSelect,
        help_text=_("Local agencies alone. Federal and immigration agencies can’t be partners."),
    )
    jurisdiction = forms.CharField(label=_("Jurisdiction"), help_text=_("The town, city or county that it serves."))
    contact_email = forms.CharField(label=_("Public contact"), widget=forms.EmailInput)
    website = forms.CharField(label=_("Website"), required=False, widget=forms.URLInput)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)
    place = CellField(
        of="agency", label=_("Middle of the jurisdiction"), help_text=_("Only the part of town is kept.")
    )

    def particulars(self) -> AgencyParticulars:
        given = self.cleaned_data
        return AgencyParticulars(
            name=given["name"],
            kind=given["kind"],
            jurisdiction=given["jurisdiction"],
            contact_email=given["contact_email"],
            website=given["website"],
            time_zone=given["time_zone"],
            place_cell=coarse(given["place"]),
        )

    def agency_fields(self) -> Iterator[forms.BoundField]:
        names = ("name", "kind", "jurisdiction", "contact_email", "website", "time_zone", "place")
        return (self[name] for name in names)

    def admin_fields(self) -> Iterator[forms.BoundField]:
        return (self[name] for name in AdminForm.base_fields)


class SuspendForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"), help_text=_("10 to 500 characters. The reason is published."), widget=forms.Textarea
    )


class BodyForm(forms.Form):
    """Who oversees an agency."""

    name = forms.CharField(label=_("Council or oversight body"), help_text=_("Published with the agency."))
    person = forms.CharField(label=_("One of its people"), help_text=_("Who signs in for it; not published."))
    email = forms.CharField(label=_("Email address to sign in with"), widget=forms.EmailInput)
