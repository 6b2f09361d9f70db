"""What the ask page posts: which clips, from when to when, and what the owner adds about themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from goodfences.cameras import zones
from goodfences.cameras.models import Held
from goodfences.clips import refusals
from goodfences.clips.cutting import CutError
from goodfences.clips.models import Clip
from goodfences.clips.sandbox import Interrupted
from goodfences.errors import Problem, Refused
from goodfences.people.models import Account
from goodfences.redaction import choosing, plans, previewing
from goodfences.redaction.choosing import Asked, Choice, PlannedCut
from goodfences.web import media, moments
from goodfences.web.forms import add_problems

T = TypeVar("T")
_CHOSEN = "chosen"
_UNREAD = _("“%(text)s” is no time in the clip. Write minutes and seconds, such as 0:07.3.")
_OF_A_CLIP = {"chosen", "starts", "ends", "exact", "audio"}


_WRITTEN = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]


def _moments() -> forms.DateTimeInput:
    return forms.DateTimeInput(format=_WRITTEN[0], attrs={"type": "datetime-local", "step": 1})


class ToldForm(forms.Form):
    """What the owner adds about themselves, field by field; empty means that it isn't told."""

    name = forms.CharField(label=_("Your name"), required=False)
    email = forms.CharField(label=_("Your email address"), required=False, widget=forms.EmailInput)
    phone = forms.CharField(label=_("Your telephone number"), required=False)
    address = forms.CharField(label=_("Your address"), required=False)
    note = forms.CharField(label=_("A note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    @property
    def is_open(self) -> bool:
        """Whether the page shows these fields at once: something is in one, or wrong with it."""
        return bool(self.errors) or any(self[name].value() for name in self.fields)


class WantForm(forms.Form):
    """Which part of the home buffer the owner wants to see here, in the reader's time zone."""

    camera = forms.ChoiceField(label=_("Camera"))
    starts_at = forms.DateTimeField(label=_("From"), widget=_moments(), input_formats=_WRITTEN)
    ends_at = forms.DateTimeField(label=_("To"), widget=_moments(), input_formats=_WRITTEN)

    def __init__(self, held: Sequence[Held], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cameras = {span.camera.ref: span.camera.name for span in held}
        self.fields["camera"] = forms.ChoiceField(label=_("Camera"), choices=list(cameras.items()))


@dataclass
class Offered:
    """One clip on the ask page, with what the owner chose of it so far."""

    clip: Clip
    first_ms: int
    last_ms: int
    starts_ms: int
    ends_ms: int
    chosen: bool = False
    exact: bool = False
    audio: bool = False
    problems: Sequence[Problem] = ()
    unread: list[Problem] = field(default_factory=list)
    play_url: str = ""
    poster_url: str = ""
    boxes: int = 0
    zones: int = 0

    @property
    def starts_at(self) -> Any:
        return self.clip.starts_at

    @property
    def ends_at(self) -> Any:
        return self.clip.ends_at

    @property
    def duration_ms(self) -> int:
        return plans.duration_ms(self.clip)

    @property
    def keyframes_ms(self) -> list[int]:
        return choosing.keyframes_ms(self.clip)

    @property
    def reaches_over(self) -> bool:
        """Whether the clip is longer than the window of the request."""
        return (self.first_ms, self.last_ms) != (0, self.duration_ms)

    @property
    def has_audio(self) -> bool:
        return bool(self.clip.facts.get("has_audio"))

    @property
    def is_covered(self) -> bool:
        """Whether something of it is covered, so that it is encoded anew whatever is chosen."""
        return bool(self.boxes or self.zones)

    def choice(self) -> Choice:
        return Choice(self.clip.ref, self.starts_ms, self.ends_ms, self.exact, self.audio)


def offered(
    asked: Asked, account: Account, data: QueryDict | None = None, problems: Sequence[Problem] = ()
) -> list[Offered]:
    """The clips on offer; with `data`, as their owner filled the form in. What can't be read stays as proposed."""
    found = []
    for clip in choosing.clips_of(asked):
        first, last = choosing.inside_window(asked, clip)
        one = Offered(clip, first, last, first, last)
        one.play_url, one.poster_url = media.clip_url(clip, account), media.poster_url(clip, account)
        one.boxes, one.zones = len(plans.saved_marks(clip)), len(zones.areas_of(clip.camera_id))
        if data is not None:
            one.chosen = f"{clip.ref}-chosen" in data
            one.starts_ms = _moment(data, one, "starts", first)
            one.ends_ms = _moment(data, one, "ends", last)
            one.exact = f"{clip.ref}-exact" in data
            one.audio = f"{clip.ref}-audio" in data
        one.problems = [problem for problem in problems if problem.field.startswith(f"{clip.ref}-")]
        found.append(one)
    return found


def checked(asked: Asked, chosen: Iterable[Offered], along: Callable[[], T]) -> tuple[list[PlannedCut], T | None]:
    """What would leave, and what `along()` says goes along. Raises Refused with the problems of both."""
    chosen = list(chosen)
    problems = [problem for one in chosen for problem in one.unread]
    planned: list[PlannedCut] = []
    goes_along: T | None = None
    try:
        planned = choosing.planned(asked, [one.choice() for one in chosen])
    except Refused as refused:
        problems += refused.problems
    try:
        goes_along = along()
    except Refused as refused:
        problems += refused.problems
    if problems:
        raise Refused(*problems)
    return planned, goes_along


def problems_of(error: Refused | CutError | Interrupted) -> tuple[Problem, ...]:
    """What kept a choice from being shared, as problems of the page."""
    if isinstance(error, Refused):
        return error.problems
    return (Problem("cut.failed", "clips", refusals.in_words(str(error))),)


def put_beside(form: forms.Form, offered: Iterable[Offered], problems: Sequence[Problem]) -> list[Problem]:
    """Put what is wrong with a field of `form` beside it; returns what belongs neither there nor to a clip."""
    shown = tuple(f"{one.clip.ref}-" for one in offered if one.problems)
    if problems:
        add_problems(form, Refused(*[problem for problem in problems if problem.field in form.fields]))
    return [one for one in problems if not one.field.startswith(shown) and one.field not in form.fields]


def keep(request: HttpRequest, ref: str, fields: Iterable[str]) -> None:
    """Keep for this sign-in what the owner chose for the ask `ref`, until it is decided: of one ask at a time.

    `fields` are those of the form beside the clips.
    """
    chosen = QueryDict(mutable=True)
    for name, values in request.POST.lists():
        # Nothing else that may be posted along: what a session holds is in the database (P9).
        if name in fields or name.rpartition("-")[2] in _OF_A_CLIP:
            chosen.setlist(name, values)
    request.session[_CHOSEN] = {ref: chosen.urlencode()}


def kept(request: HttpRequest, ref: str) -> QueryDict | None:
    """What was chosen for the ask `ref`, as the form posted it."""
    chosen = request.session.get(_CHOSEN, {}).get(ref)
    return None if chosen is None else QueryDict(chosen)


def forget(request: HttpRequest) -> None:
    request.session.pop(_CHOSEN, None)


def confirmed(data: QueryDict) -> list[Choice]:
    """The choices of the confirming form: one `cut` a clip, as `REF.starts.ends.exact.audio.sha256`.

    A cut that isn't written so becomes one of no clip, which the act refuses: nothing is shared by half.
    """
    return [_read(text) for text in data.getlist("cut")]


def _read(text: str) -> Choice:
    parts = text.split(".")
    if len(text) > 200 or len(parts) != 6 or not (parts[1].isdecimal() and parts[2].isdecimal()):
        return Choice("", 0, 0)
    ref, starts, ends, exact, audio, seen = parts
    return Choice(ref, int(starts), int(ends), exact == "1", audio == "1", seen)


def leaving(account: Account, cut: PlannedCut, url: str) -> dict[str, object]:
    """One video of the page that shows what would leave; `url` is where its preview plays."""
    made, leaves = previewing.preview(account.pk, cut.plan), cut.plan.cut
    chosen = Choice(cut.clip.ref, leaves.starts_ms, leaves.ends_ms, leaves.exact, cut.plan.audio)
    query = {"starts_ms": chosen.starts_ms, "ends_ms": chosen.ends_ms}
    query |= {name: 1 for name in ("exact", "audio") if getattr(chosen, name)}
    return {
        "clip": cut.clip,
        "made": made,
        "url": f"{url}?{urlencode(query)}",
        "written": written(chosen, made.sha256),
        "lost": moments.lost_in(made.facts),
        "length_ms": made.facts["ends_ms"] - made.facts["starts_ms"],
    }


def played(clip_ref: str, data: Mapping[str, str]) -> Choice:
    """What the address of a preview names. Raises KeyError or ValueError for one that we never wrote."""
    return Choice(clip_ref, int(data["starts_ms"]), int(data["ends_ms"]), "exact" in data, "audio" in data)


def written(choice: Choice, seen_sha256: str) -> str:
    """A choice as the confirming form carries it."""
    exact, audio = int(choice.exact), int(choice.audio)
    return f"{choice.clip_ref}.{choice.starts_ms}.{choice.ends_ms}.{exact}.{audio}.{seen_sha256}"


def _moment(data: QueryDict, one: Offered, side: str, otherwise: int) -> int:
    """What was typed, in milliseconds; what can't be read becomes a problem, and stays as proposed."""
    field = f"{one.clip.ref}-{side}"
    text = data.get(field, "")
    found = moments.read(text)
    if found is None and text.strip():
        one.unread.append(Problem("cut.moment", field, str(_UNREAD % {"text": text[:20]}), value=text))
    return otherwise if found is None else found
