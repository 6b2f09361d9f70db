"""The forms of the portal. They parse; the acts and the policy judge, so limits stand in one place."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from goodfences import places
from goodfences.agencies.checks import OfficerParticulars
from goodfences.agencies.models import Officer
from goodfences.agencies.queries import policy_for
from goodfences.errors import Problem
from goodfences.feed import portal
from goodfences.places import Area
from goodfences.video_requests.fields import RequestFields, area_of, fields_of
from goodfences.video_requests.models.request import VideoRequest
from goodfences.web.fields import AreaField
from goodfences.web.portal.fields import LocalTimeField

ROLES = (
    ("requester", _("Requester: writes requests")),
    ("approver", _("Approver: opens or rejects what colleagues wrote, and writes requests")),
    ("admin", _("Admin: all of that, and keeps the agency’s officers")),
    ("auditor", _("Auditor: reads everything, changes nothing")),
)


class PostForm(forms.Form):
    kind = forms.ChoiceField(label=_("About"), choices=[(kind.value, kind.label) for kind in portal.KINDS])
    title = forms.CharField(label=_("Title"), help_text=_("What happened, in a few words."))
    text = forms.CharField(label=_("Text"), required=False, widget=forms.Textarea)


class ReplyForm(forms.Form):
    text = forms.CharField(label=_("Your reply"), widget=forms.Textarea(attrs={"rows": 4}))


class OutcomeForm(forms.Form):
    outcome = forms.CharField(label=_("In a few words"), help_text=_("Such as: found; the road is open again."))


class ContestForm(forms.Form):
    text = forms.CharField(label=_("Why it was wrong"), widget=forms.Textarea(attrs={"rows": 4}))


class RequestForm(forms.Form):
    """A request as an officer writes it. A draft may lack anything; what is missing is for the policy to say."""

    use_required_attribute = False

    place_name = forms.CharField(
        label=_("Name of the place"),
        help_text=_("The neighborhood or street, as people there call it. It is published, so no house number."),
    )
    starts_at = LocalTimeField(label=_("Window begins"))
    ends_at = LocalTimeField(label=_("Window ends"), later=True)
    incident_type = forms.CharField(label=_("Type of incident"))
    case_number = forms.CharField(label=_("Case number"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
    reason = forms.CharField(
        label=_("Reason, in plain words"),
        help_text=_(
            "Owners read this. Say what happened and what a camera could show. Don’t name a victim or describe "
            "anyone by race alone, and don’t press: sharing is a choice."
        ),
        widget=forms.Textarea,
    )
    contact = forms.CharField(
        label=_("Your contact"), help_text=_("A telephone number or email address at which owners can ask back.")
    )

    def __init__(self, data: Any = None, *, acting: Officer, saved: VideoRequest | None = None) -> None:
        super().__init__(data, initial=_initial(acting, saved))
        policy = policy_for(acting.agency)
        self.saved = saved
        self.fields["area"] = AreaField(
            label=_("Area"), min_sq_mi=policy.figure("area.min"), max_sq_mi=policy.figure("area.max")
        )
        choices = [("", _("Choose")), *policy.incident_types.items()]
        self.fields["incident_type"].widget = forms.Select(choices=choices)

    def full_clean(self) -> None:
        for field in self.fields.values():
            field.required = False
        super().full_clean()
        for field in self.fields.values():
            field.required = True

    def given(self) -> RequestFields:
        """What was filled in; a field that could not be read is missing. Call after `is_valid`."""
        values = self.cleaned_data
        return RequestFields(
            case_number=values.get("case_number", ""),
            incident_type=values.get("incident_type", ""),
            reason=values.get("reason", ""),
            contact=values.get("contact", ""),
            place_name=values.get("place_name", ""),
            area=self._area(values.get("area")),
            starts_at=values.get("starts_at"),
            ends_at=values.get("ends_at"),
            area_problems=tuple(self.problems("area")),
        )

    def problems(self, *fields: str) -> list[Problem]:
        """What could not be read, in these fields or in all."""
        wrong = {name: errors for name, errors in self.errors.items() if not fields or name in fields}
        return [Problem(f"{name}.unreadable", name, str(text)) for name, errors in wrong.items() for text in errors]

    def _area(self, area: Area | None) -> Area | None:
        """The saved area where the posted outline is that of its cells: only the size of what was drawn differs."""
        if area is not None and self.saved is not None and self.saved.has_area:
            kept = area_of(self.saved)
            return kept if kept.ranges == area.ranges else area
        return area


class RejectForm(forms.Form):
    rejection_reason = forms.CharField(
        label=_("Why you reject it"),
        help_text=_("10 to 500 characters. The reason is published with the request."),
        widget=forms.Textarea,
    )


class OfficerForm(forms.Form):
    """A new colleague."""

    name = forms.CharField(label=_("Name"), help_text=_("For colleagues. Neither owners nor the public see it."))
    email = forms.CharField(
        label=_("Email address to sign in with"),
        help_text=_(
            "An address of the agency that the officer uses for nothing else on this instance. Sign-in is by a code "
            "sent there."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    title = forms.CharField(label=_("Title"), help_text=_("Such as Officer or Sergeant. Published with the badge."))
    badge = forms.CharField(label=_("Badge number"))
    contact = forms.CharField(
        label=_("Contact"), help_text=_("Telephone or email. Filled into their requests for owners to ask back.")
    )
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, widget=forms.RadioSelect)

    def particulars(self) -> OfficerParticulars:
        return OfficerParticulars(**{name: self.cleaned_data[name] for name in self.fields})


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, widget=forms.RadioSelect)


def outline_text(request: VideoRequest) -> str:
    """The saved area as GeoJSON for the map: a plain polygon where it is one, as the drawing tool likes it."""
    outline = places.outline(request.ranges)
    if len(outline["coordinates"]) == 1:
        outline = {"type": "Polygon", "coordinates": outline["coordinates"][0]}
    return json.dumps(outline)


def _initial(acting: Officer, saved: VideoRequest | None) -> dict[str, Any]:
    if saved is None:
        return {"contact": acting.contact}
    fields = fields_of(saved)
    initial = {name: getattr(fields, name) for name in RequestForm.base_fields}
    return initial | {"area": outline_text(saved) if saved.has_area else ""}
