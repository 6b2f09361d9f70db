"""The forms of the feed's pages. They parse; the acts judge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from goodfences import guardrails
from goodfences.feed import cells, queries
from goodfences.feed.models import ONCE_LENGTH, Kind
from goodfences.feed.queries import Place
from goodfences.places import cell_to_hex
from goodfences.web import showing
from goodfences.web.fields import CellField
from goodfences.web.resident.views.moment import read_moment

ORDERS = (("", _("newest")), ("near", _("nearest")))


class FeedForm(forms.Form):
    """Reads the address of a list: what isn't a choice there counts as not chosen, and nothing is refused."""

    q = forms.CharField(
        label=_("Words"),
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "enterkeyhint": "search"}),
    )
    kind = forms.ChoiceField(label=_("About"), choices=[("", _("everything")), *Kind.choices], required=False)
    radius = forms.TypedChoiceField(label=_("Within"), coerce=int, required=False)
    order = forms.ChoiceField(label=_("Order"), choices=ORDERS, required=False)

    def __init__(self, asked: Mapping[str, str], *, usual_radius: int) -> None:
        super().__init__(asked, auto_id="find_%s", use_required_attribute=False)
        self._usual = usual_radius
        radius = self.fields["radius"]
        assert isinstance(radius, forms.ChoiceField)
        radius.choices = [(km, showing.distance(km)) for km in queries.RADII_KM]
        self.is_valid()

    @property
    def words(self) -> str:
        return str(self.cleaned_data.get("q", "")).strip()

    @property
    def radius_km(self) -> int:
        return int(self.cleaned_data.get("radius") or self._usual)

    @property
    def kinds(self) -> tuple[str, ...]:
        chosen = self.cleaned_data.get("kind")
        return (chosen,) if chosen else ()

    @property
    def nearest_first(self) -> bool:
        return self.cleaned_data.get("order") == "near"

    @property
    def narrows(self) -> bool:
        """Whether anything but distance leaves posts out."""
        return bool(self.words or self.kinds)

    @property
    def kept(self) -> dict[str, str]:
        """What was asked for, for the address of another page of it."""
        given = {"q": self.words, "kind": "".join(self.kinds), "radius": str(self.radius_km)}
        return {
            name: value for name, value in {**given, "order": "near" if self.nearest_first else ""}.items() if value
        }

    @property
    def query(self) -> str:
        return urlencode(self.kept)


class PostForm(forms.Form):
    kind = forms.ChoiceField(label=_("What is it about?"), choices=Kind.choices, widget=forms.RadioSelect)
    title = forms.CharField(
        label=_("In a few words"),
        help_text=_("What happened, not who somebody seems to be."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": "120"}),
    )
    act = forms.ChoiceField(
        label=_("If it is about somebody: what did they do?"),
        help_text=_("Walking, waiting or looking is no act."),
        required=False,
    )
    text = forms.CharField(
        label=_("What happened"),
        help_text=_("No names, license plates or house numbers, please: your neighbors find their way without."),
        required=False,
        widget=forms.Textarea(attrs={"rows": "6", "maxlength": "4000"}),
    )
    happened_at = forms.DateTimeField(
        label=_("When it happened"),
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )
    place = CellField(
        label=_("Somewhere else than at home"),
        help_text=_("What your post keeps is a part of town with at least 500 homes, not this point."),
        required=False,
    )
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=ONCE_LENGTH)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        offer_acts(self)


class EditForm(forms.Form):
    """As PostForm; what a post is about in place and time stays."""

    kind = forms.ChoiceField(label=_("What is it about?"), choices=Kind.choices, widget=forms.RadioSelect)
    title = forms.CharField(
        label=_("In a few words"), widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": "120"})
    )
    text = forms.CharField(
        label=_("What happened"),
        required=False,
        widget=forms.Textarea(attrs={"rows": "6", "maxlength": "4000"}),
    )
    act = forms.ChoiceField(label=_("If it is about somebody: what did they do?"), required=False)

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        offer_acts(self)


class EditCommentForm(forms.Form):
    text = forms.CharField(label=_("Your comment"), widget=forms.Textarea(attrs={"rows": "3", "maxlength": "2000"}))


class CommentForm(EditCommentForm):
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=ONCE_LENGTH)


class ResolveForm(forms.Form):
    outcome = forms.CharField(
        label=_("How did it end?"),
        help_text=_("Such as “found”, or “was the meter reader”. It goes on top of the feed, as your post did."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": "200"}),
    )


def offer_acts(form: forms.Form) -> None:
    """The acts to choose from, in the language of the page."""
    field = form.fields["act"]
    assert isinstance(field, forms.ChoiceField)
    names = guardrails.in_force().act_names(get_language() or "en")
    field.choices = [("", _("It is about nobody")), *names.items()]


class PictureForm(forms.Form):
    picture = forms.FileField(
        label=_("The picture"),
        help_text=_("JPEG, PNG or WebP, at most 16 MB."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )


def written(place: Place) -> str:
    """Where a page of a list ended, for the address of the next one."""
    return f"{place.told_at.isoformat()}~{place.ref}~{cell_to_hex(place.cell)}"


def read_place(text: str) -> Place | None:
    """What `written` wrote, or None for anything else."""
    parts = text.split("~")
    if len(parts) != 3 or len(text) > 100:
        return None
    told_at, cell = read_moment(parts[0]), cells.from_hex(parts[2])
    return None if told_at is None or cell is None else Place(told_at, parts[1], cell)
