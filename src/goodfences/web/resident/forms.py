"""The forms of the resident's pages. They parse; the acts judge, so limits stand in one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, time
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from goodfences.cameras.models import Camera
from goodfences.clips.words import label_said
from goodfences.people.hours import Hours
from goodfences.people.registry import Part
from goodfences.web.fields import CellField, zone_choices


def _languages() -> list[tuple[str, Any]]:
    return list(settings.LANGUAGES)


def _moment_input() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class SettleForm(forms.Form):
    cell = CellField(
        label=_("Your place"),
        help_text=_(
            "Move the map until the pin is on your home. What we keep is the patch of about 50 meters around it, "
            "never the address."
        ),
    )
    household_name = forms.CharField(
        label=_("A name for your household"),
        help_text=_("Only the people in it see it."),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=_languages)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)


class PlaceForm(forms.Form):
    cell = CellField(
        label=_("Your place"),
        help_text=_("Your cameras move along. Requests for the old place no longer reach you."),
    )


class SettingsForm(forms.Form):
    name = forms.CharField(
        label=_("Your name"),
        help_text=_("Your household sees it. Agencies never do, unless you add it to a share."),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=_languages)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)


def _clock(label: Any, help_text: Any = "") -> forms.TimeField:
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    return forms.TimeField(label=label, help_text=help_text, required=False, widget=widget)


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget, input_formats=["%Y-%m-%d"])


class HoursForm(forms.Form):
    HOW_OFTEN = (
        ("each", _("an email for each request")),
        ("daily", _("one email a day, with all of them; and one with neighbors’ own requests, where there are any")),
    )
    EVENING = time(18)
    how_often = forms.ChoiceField(label=_("You get"), choices=HOW_OFTEN, widget=forms.RadioSelect)
    digest_at = _clock(_("The email of the day comes at"), _("Counts only if you chose one email a day."))
    quiet_from = _clock(_("From"))
    quiet_until = _clock(_("Until"))
    away_from = _day(_("First day"))
    away_until = _day(_("Last day"))

    @staticmethod
    def initial_of(hours: Hours) -> dict[str, Any]:
        """The form as this person filled it in."""
        how_often = "each" if hours.digest_at is None else "daily"
        return asdict(hours) | {"how_often": how_often, "digest_at": hours.digest_at or HoursForm.EVENING}

    def clean(self) -> dict[str, Any]:
        given = {name: self.cleaned_data.get(name) for name in self.fields}
        daily = given.pop("how_often") == "daily"
        given["digest_at"] = (given["digest_at"] or self.EVENING) if daily else None
        return given


class HouseholdForm(forms.Form):
    household_name = forms.CharField(
        label=_("Name"), help_text=_("Only the people in the household see it."), required=False
    )


class InvitationForm(forms.Form):
    email = forms.CharField(
        label=_("Email address"),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class CameraForm(forms.Form):
    LOOKS_AT = (
        ("street", _("the street")),
        ("door", _("the door")),
        ("yard", _("the yard")),
        ("indoors", _("indoors: never part of any request")),
    )
    name = forms.CharField(
        label=_("Name"),
        help_text=_("Such as “Front door”."),
        error_messages={"required": _("Give it a name of 1 to 60 characters.")},
    )
    looks_at = forms.ChoiceField(label=_("It looks at"), choices=LOOKS_AT, widget=forms.RadioSelect)
    may_be_asked = forms.BooleanField(
        label=_("I may be asked about this camera"),
        help_text=_(
            "If an agency asks for video from around here, or a neighbor close by whether it saw what happened to "
            "them, you get an email. Nothing is ever shared unless you choose to, and nobody learns that this camera "
            "exists."
        ),
        required=False,
    )


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Note"),
        help_text=_("Your household alone reads it. You can search for its words."),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    label = forms.CharField(
        label=_("What it shows, in a word"),
        help_text=_("Such as “van” or “parcel”."),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_label(self) -> str:
        return label_said(str(self.cleaned_data["label"]))


MANUAL = "manual"
"""The kind of a clip that a person brings."""


class UploadForm(forms.Form):
    """A video and where it belongs. The island posts `size`, `sha256` and `duration_ms` in place of the file."""

    camera = forms.ChoiceField(label=_("Camera"))
    video = forms.FileField(
        label=_("The video"),
        help_text=_("MP4 or MOV, as phones make them. Its place and other data about it are removed."),
        widget=forms.FileInput(attrs={"accept": "video/*"}),
    )
    starts_at = forms.DateTimeField(
        label=_("It begins"),
        help_text=_("In your time zone. Leave it empty to take what the file says."),
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M:%S", attrs={"type": "datetime-local", "step": "1"}),
    )
    size = forms.IntegerField(required=False, min_value=0, max_value=2**50)
    sha256 = forms.CharField(required=False, max_length=64)
    duration_ms = forms.IntegerField(required=False, min_value=0, max_value=2**50)

    def __init__(self, cameras: Iterable[Camera], *args: Any, need_file: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chooser = self.fields["camera"]
        assert isinstance(chooser, forms.ChoiceField)
        chooser.choices = [(camera.ref, camera.name) for camera in cameras]
        self.fields["video"].required = need_file
        for name in ("size", "sha256", "duration_ms", "starts_at"):
            self.fields[name].required = not need_file
        if need_file:
            for name in ("size", "sha256", "duration_ms"):
                del self.fields[name]


class FirstCameraForm(forms.Form):
    """As `CameraForm`; whether one may be asked about it is a step of its own."""

    name = forms.CharField(
        label=_("Name"),
        help_text=_("Such as “Front door”, or “My phone”."),
        error_messages={"required": _("Give it a name of 1 to 60 characters.")},
    )
    looks_at = forms.ChoiceField(label=_("It looks at"), choices=CameraForm.LOOKS_AT, widget=forms.RadioSelect)


class MayBeAskedForm(forms.Form):
    may_be_asked = forms.MultipleChoiceField(
        label=_("I may be asked about"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, cameras: Iterable[Camera], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chooser = self.fields["may_be_asked"]
        assert isinstance(chooser, forms.MultipleChoiceField)
        chooser.choices = [(camera.ref, camera.name) for camera in cameras]
        self.initial["may_be_asked"] = [camera.ref for camera in cameras if camera.may_be_asked]


class OfflineMailForm(forms.Form):
    TIMES = (
        (10, _("10 minutes")),
        (30, _("half an hour")),
        (60, _("an hour")),
        (120, _("two hours")),
        (360, _("six hours")),
        (1440, _("a day")),
    )
    is_on = forms.BooleanField(
        label=_("Write to me when a camera or hub falls silent"),
        help_text=_("One email, and a note when it is back. At most four a day."),
        required=False,
    )
    grace_minutes = forms.TypedChoiceField(label=_("After it was silent for"), choices=TIMES, coerce=int)


class LinkForm(forms.Form):
    DAYS = ((1, _("one day")), (7, _("a week")), (30, _("a month")))
    days = forms.TypedChoiceField(label=_("It works for"), choices=DAYS, coerce=int)
    passphrase = forms.CharField(
        label=_("Passphrase, if you like"),
        help_text=_("Whoever opens the link types it first. Tell it another way than the link."),
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    seen_sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)


class SpanForm(forms.Form):
    """A span of time in the reader's own zone, and of which camera."""

    starts_at = forms.DateTimeField(label=_("From"), widget=_moment_input())
    ends_at = forms.DateTimeField(label=_("To"), widget=_moment_input())
    camera = forms.ChoiceField(label=_("Camera"), required=False)

    def __init__(self, *args: Any, cameras: Iterable[Camera], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = {camera.ref: camera.name for camera in cameras}
        field = self.fields["camera"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("all of them")), *self.names.items()]

    def part(self) -> Part:
        """What is to be erased."""
        ref = self.cleaned_data["camera"]
        return Part(
            camera=ref,
            camera_name=self.names.get(ref, ""),
            starts_at=self.cleaned_data["starts_at"].astimezone(UTC),
            ends_at=self.cleaned_data["ends_at"].astimezone(UTC),
        )


class DeleteAccountForm(forms.Form):
    email = forms.CharField(
        label=_("Your email address, to be sure"),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = email

    def clean_email(self) -> str:
        typed: str = self.cleaned_data["email"].strip().lower()
        if typed != self.expected:
            raise forms.ValidationError(
                _("You typed “%(typed)s”. Type %(expected)s, the address that you sign in with."),
                params={"typed": typed[:80], "expected": self.expected},
            )
        return typed


class RemarkForm(forms.Form):
    """What a resident says in public about an agreement."""

    text = forms.CharField(
        label=_("Your comment"),
        help_text=_("Write about the agreement, and about no person."),
        widget=forms.Textarea,
        max_length=2000,
    )
