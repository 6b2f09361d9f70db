"""The forms of the portal. They parse; the acts and the policy judge, so limits stand in one place."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from goodfences.agencies.checks import OfficerParticulars
from goodfences.agencies.models import Officer
from goodfences.agencies.queries import policy_for
from goodfences.errors import Problem
from goodfences.feed import portal
from goodfences.places import Area
from goodfences.video_requests.fields import RequestFields, area_of, fields_of
from goodfences.video_requests.models.request import VideoRequest
from goodfences.web.fields import AreaField, CellField
from goodfences.web.portal.fields import LocalTimeField
from goodfences.web.portal.helping import outline_text

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


class RecipientForm(forms.Form):
    recipient = forms.CharField(label=_("Recipient"), help_text=_("The public key: it begins with age1."))


class WordForm(forms.Form):
    token = forms.CharField(widget=forms.HiddenInput)
    sealed = forms.CharField(widget=forms.HiddenInput, required=False)
    word = forms.CharField(label=_("The word"))


class ReplyForm(forms.Form):
    text = forms.CharField(label=_("Your reply"), widget=forms.Textarea(attrs={"rows": 4}))


class OutcomeForm(forms.Form):
    outcome = forms.CharField(label=_("In a few words"), help_text=_("Such as: found; the road is open again."))


class ContestForm(forms.Form):
    text = forms.CharField(label=_("Why it was wrong"), widget=forms.Textarea(attrs={"rows": 4}))


class RequestForm(forms.Form):
    """A request as an officer writes it. A draft may lack anything; what is missing is for the policy to say."""

    OPTIONAL = ("urgent", "urgent_reason", "draft_name")
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
    urgent = forms.BooleanField(
        label=_("Urgent: somebody is in danger now"),
        help_text=_(
            "The email’s subject says so and owners see it first. It is sent no sooner, and they decide as always. "
            "How often your agency does this is public."
        ),
    )
    urgent_reason = forms.CharField(
        label=_("Why it can’t wait"),
        help_text=_("Only if it is urgent. Say who or what is in danger now; owners read it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    draft_name = forms.CharField(
        label=_("Name of the draft"),
        help_text=_("For you alone, to tell your drafts apart."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, acting: Officer, saved: VideoRequest | None = None) -> None:
        super().__init__(data, initial=_initial(acting, saved))
        policy = policy_for(acting.agency)
        self.saved = saved
        self.fields["area"] = AreaField(
            label=_("Area"),
            min_sq_mi=policy.figure("area.min"),
            max_sq_mi=policy.figure("area.max"),
            inside=reverse("public:agency_area", args=[acting.agency.slug]) if acting.agency.area else "",
        )
        choices = [("", _("Choose")), *policy.incident_types.items()]
        # Words to begin with follow the type alone: a check of another field mustn't shut them under a reader's hand.
        words = {"hx-post": f"{reverse('portal:check')}?words=1", "hx-target": "#beginnings", "hx-swap": "outerHTML"}
        attributes = words | {"hx-trigger": "change", "hx-sync": "this:replace"}
        self.fields["incident_type"].widget = forms.Select(choices=choices, attrs=attributes)
        for name in self.OPTIONAL:
            self.fields[name].required = False

    def full_clean(self) -> None:
        for field in self.fields.values():
            field.required = False
        super().full_clean()
        for name, field in self.fields.items():
            field.required = name not in self.OPTIONAL

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
            urgent=values.get("urgent", False),
            urgent_reason=values.get("urgent_reason", ""),
            draft_name=values.get("draft_name", ""),
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
    use_required_attribute = False

    rejection_reason = forms.CharField(
        label=_("Why you reject it"),
        help_text=_("10 to 500 characters. The reason is published with the request."),
        widget=forms.Textarea,
    )


class ReviewForm(forms.Form):
    """What an auditor found."""

    use_required_attribute = False

    finding = forms.ChoiceField(
        label=_("What came of it"),
        choices=(("fine", _("Fine: it was for the case on file")), ("not_fine", _("Not fine"))),
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("What you looked at, and what you found"),
        help_text=_("10 to 500 characters, for your agency’s auditors and admins."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class NeighborhoodForm(forms.Form):
    """Where an officer lives, coarsely; empty to say nothing."""

    home = CellField(label=_("Your own neighborhood"), required=False)


class SearchForm(forms.Form):
    """Which of the agency's requests to show."""

    q = forms.CharField(label=_("Case number or place"), required=False, max_length=60)

    def __init__(self, data: Any = None, *, acting: Officer) -> None:
        super().__init__(data)
        states = [(state.value, state.label) for state in VideoRequest.State if state != VideoRequest.State.DRAFT]
        self.fields["state"] = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *states])
        types = policy_for(acting.agency).incident_types
        self.fields["incident_type"] = forms.ChoiceField(
            label=_("Type"), required=False, choices=[("", _("All")), *types.items()]
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


class BadgeForm(forms.Form):
    """Of one who was invited without: a directory doesn't always know it."""

    badge = forms.CharField(
        label=_("Badge number"),
        help_text=_("Published with the title. It stays: write it as it stands on the badge."),
    )


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, widget=forms.RadioSelect)


def _initial(acting: Officer, saved: VideoRequest | None) -> dict[str, Any]:
    if saved is None:
        return {"contact": acting.contact}
    fields = fields_of(saved)
    initial = {name: getattr(fields, name) for name in RequestForm.base_fields}
    return initial | {"area": outline_text(saved.ranges) if saved.has_area else ""}
