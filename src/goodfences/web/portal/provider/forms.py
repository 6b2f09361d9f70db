"""The forms of signing in through an agency's provider, and of setting it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class AddressForm(forms.Form):
    email = forms.EmailField(
        label=_("Your work address"), widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"})
    )


class OidcForm(forms.Form):
    use_required_attribute = False

    issuer = forms.CharField(
        label=_("Issuer"),
        help_text=_("Its address, such as https://login.example.gov/realms/police."),
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
    client_id = forms.CharField(label=_("Client ID"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
    secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        help_text=_("It is kept sealed and never shown again. Leave it empty to keep the one that is set."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    vouches = forms.BooleanField(
        label=_("Its addresses are the agency’s own"),
        required=False,
        help_text=_(
            "Tick this if it doesn’t send email_verified (Entra ID doesn’t) and nobody but your agency can change "
            "the addresses in it."
        ),
    )


class SamlForm(forms.Form):
    use_required_attribute = False

    metadata_url = forms.CharField(
        label=_("Address of its metadata"), required=False, widget=forms.URLInput(attrs={"autocomplete": "off"})
    )
    metadata = forms.CharField(
        label=_("Or the metadata itself (XML)"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
    )


class RulesForm(forms.Form):
    required = forms.BooleanField(
        label=_("Nobody comes in any other way"),
        required=False,
        help_text=_(
            "An admin still reaches this page by a code and a key, for the day on which the provider breaks."
        ),
    )
    counts_factor = forms.BooleanField(
        label=_("A second factor shown there counts here"),
        required=False,
        help_text=_("Only where the provider says so at that sign-in. Everybody else shows a key of theirs here."),
    )
