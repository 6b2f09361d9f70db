"""The form by which people narrow a day, or look for a clip of any day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from goodfences.cameras.models import Camera
from goodfences.clips import timeline
from goodfences.clips.models import Clip
from goodfences.clips.timeline import Wanted
from goodfences.clips.words import label_shown

KIND_WORDS = {
    "motion": _("motion"),
    "person": _("a person"),
    "doorbell": _("the doorbell"),
    "manual": _("recorded by hand"),
}
KINDS = (("", _("anything")), *KIND_WORDS.items())
ONLY = (("", _("all clips")), ("starred", _("with a star")), ("saved", _("saved")))


def shows(clip: Clip) -> str:
    """What a clip shows, in a word; empty where nobody said, or its kind says so already."""
    return label_shown(clip.label) if clip.label != clip.kind else ""


class FindForm(forms.Form):
    """Reads the address of a page: what isn't a choice there counts as not chosen, and nothing is refused."""

    q = forms.CharField(
        label=_("Words"),
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "enterkeyhint": "search"}),
    )
    camera = forms.ChoiceField(label=_("Camera"), required=False)
    kind = forms.ChoiceField(label=_("What began it"), choices=KINDS, required=False)
    label = forms.ChoiceField(label=_("What it shows"), required=False)
    only = forms.ChoiceField(label=_("Only"), choices=ONLY, required=False)

    def __init__(self, asked: Mapping[str, str], *, cameras: Iterable[Camera], labels: Iterable[str]) -> None:
        super().__init__(asked, auto_id="find_%s", use_required_attribute=False)
        self._cameras = list(cameras)
        named = [(camera.ref, camera.name) for camera in self._cameras]
        said = [(each, label_shown(each)) for each in labels]
        choices: dict[str, list[tuple[str, Any]]] = {
            "camera": [("", _("all cameras")), *named],
            "label": [("", _("anything")), *said],
        }
        for name, all_of_them in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = all_of_them
        if not said:
            del self.fields["label"]
        self.is_valid()

    def _asked(self, name: str) -> str:
        return str(self.cleaned_data.get(name, ""))

    @property
    def is_for_any_day(self) -> bool:
        return bool(self._asked("q").strip() or self._asked("only"))

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return any(self._asked(name).strip() for name in self.fields)

    @property
    def kept(self) -> dict[str, str]:
        """What narrows a day, for the address of another day."""
        return {name: value for name in ("camera", "kind", "label") if (value := self._asked(name))}

    @property
    def kept_query(self) -> str:
        """`kept`, to stand behind `?day=…`."""
        return f"&{urlencode(self.kept)}" if self.kept else ""

    def wanted(self) -> Wanted:
        """The clips that were asked for, among those of the cameras that the form knows."""
        chosen = self._asked("camera")
        return Wanted(
            cameras=[camera.pk for camera in self._cameras if chosen in ("", camera.ref)],
            kind=self._asked("kind"),
            label=self._asked("label"),
            only=self._asked("only"),
            terms=timeline.terms_of(self._asked("q"), self._cameras),
        )
