"""What the pages of a household's days read. Costs what is shown, however many clips a home has."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import NamedTuple

from django.db.models import Case, Q, QuerySet, When
from django.utils.translation import gettext as _

from goodfences.cameras.models import Camera
from goodfences.clips.marks import words_of
from goodfences.clips.models import Clip

MOST_TERMS = 6
"""Words of a search that count."""

_KEPT = Q(state=Clip.State.STORED)
_WATCHABLE = Q(state=Clip.State.STORED, checked_at__isnull=False)
_REFUSED = Q(state=Clip.State.DELETED) & ~Q(refusal="")


@dataclass(frozen=True)
class Wanted:
    """Which clips somebody wants to see: of these cameras, and of what else isn't empty."""

    cameras: Collection[int]
    kind: str = ""
    label: str = ""
    only: str = ""
    """`starred` or `saved`."""
    terms: tuple[Q, ...] = field(default=())

    @property
    def filters(self) -> Q:
        found = Q()
        if self.kind:
            found &= Q(kind=self.kind)
        if self.label:
            found &= Q(label=self.label)
        if self.only == "starred":
            found &= Q(starred_at__isnull=False)
        if self.only == "saved":
            found &= Q(saved_at__isnull=False)
        for term in self.terms:
            found &= term
        return found


class Span(NamedTuple):
    """A clip, as a strip shows it."""

    pk: int
    camera_id: int
    starts_at: datetime
    ends_at: datetime
    watchable: bool
    """Not one that waits for its check, or was refused: its people are told of those too."""


def terms_of(text: str, cameras: Iterable[Camera]) -> tuple[Q, ...]:
    """What each word of a search asks of a clip: a word of its note, label, kind or camera's name begins so."""
    names = {camera.pk: words_of(camera.name) or "" for camera in cameras}
    kinds = {kind: words_of(words) or "" for kind, words in _kinds().items()}
    found = []
    for term in (words_of(text) or "").split()[:MOST_TERMS]:
        begins = f" {term}"
        here = [pk for pk, name in names.items() if begins in name]
        so = [kind for kind, words in kinds.items() if begins in words] if len(term) > 1 else []
        any_of = Q(words__contains=begins)
        if not here and not so:
            any_of &= Q(words__isnull=False)
        found.append(any_of | Q(camera_id__in=here) if here else any_of)
        if so:
            found[-1] |= Q(kind__in=so)
    return tuple(found)


def spans(wanted: Wanted, starts_at: datetime, ends_at: datetime) -> list[Span]:
    """The clips that begin in [starts_at, ends_at), newest first."""
    found = Clip.objects.filter(_KEPT | _REFUSED, wanted.filters, camera_id__in=wanted.cameras)
    found = found.filter(starts_at__gte=starts_at, starts_at__lt=ends_at)
    watchable = Case(When(_WATCHABLE, then=True), default=False)
    rows = found.annotate(watchable=watchable).values_list("pk", "camera_id", "starts_at", "ends_at", "watchable")
    return sorted(map(Span._make, rows), key=lambda span: (span.starts_at, span.pk), reverse=True)


def by_pk(pks: Collection[int]) -> list[Clip]:
    """These clips, newest first."""
    return list(Clip.objects.select_related("camera").filter(pk__in=pks).order_by("-starts_at", "-pk"))


def newest(wanted: Wanted, count: int, before: datetime | None = None) -> list[Clip]:
    """At most `count` watchable clips of any day, newest first; those that begin before `before`, if it is given.

    Camera by camera, each from its own end of the index: for several at once a database would sort all of a home's.
    """
    each = [_newest_of(camera, wanted, count, before) for camera in wanted.cameras]
    return list(islice(merge(*each, key=lambda clip: (clip.starts_at, clip.pk), reverse=True), count))


def _newest_of(camera_id: int, wanted: Wanted, count: int, before: datetime | None) -> list[Clip]:
    found = _watchable().filter(wanted.filters, camera_id=camera_id)
    if before is not None:
        found = found.filter(starts_at__lt=before)
    return list(found.select_related("camera").order_by("-starts_at", "-pk")[:count])


def labels(camera_ids: Collection[int]) -> list[str]:
    """The words that clips of these cameras are labeled with, in order."""
    found = Clip.objects.filter(camera_id__in=camera_ids).exclude(label="")
    return sorted(found.values_list("label", flat=True).distinct().order_by(), key=str.casefold)


def latest_start(camera_ids: Collection[int]) -> datetime | None:
    """When the newest clip of these cameras that can be watched begins."""
    found = newest(Wanted(camera_ids), 1)
    return found[0].starts_at if found else None


def nearest(wanted: Wanted, camera_id: int, at: datetime) -> Clip | None:
    """The camera's clip that goes on at that time, or else the one that begins or ended nearest to it."""
    found = _watchable().filter(wanted.filters, camera_id=camera_id).select_related("camera")
    earlier = found.filter(starts_at__lte=at).order_by("-starts_at", "-pk").first()
    if earlier is not None and earlier.ends_at > at:
        return earlier
    later = found.filter(starts_at__gt=at).order_by("starts_at", "pk").first()
    if earlier is None or later is None:
        return earlier or later
    return earlier if at - earlier.ends_at <= later.starts_at - at else later


def before(clip: Clip) -> Clip | None:
    """The same camera's clip that can be watched just before this one."""
    earlier = Q(starts_at__lt=clip.starts_at) | Q(starts_at=clip.starts_at, pk__lt=clip.pk)
    return _beside(clip).filter(earlier, starts_at__lte=clip.starts_at).order_by("-starts_at", "-pk").first()


def after(clip: Clip) -> Clip | None:
    """The same camera's clip that can be watched just after this one."""
    later = Q(starts_at__gt=clip.starts_at) | Q(starts_at=clip.starts_at, pk__gt=clip.pk)
    return _beside(clip).filter(later, starts_at__gte=clip.starts_at).order_by("starts_at", "pk").first()


def _beside(clip: Clip) -> QuerySet[Clip]:
    return _watchable().filter(camera_id=clip.camera_id).select_related("camera")


def _watchable() -> QuerySet[Clip]:
    return Clip.objects.filter(_WATCHABLE)


def _kinds() -> dict[str, str]:
    """What the pages call each kind, in the reader's language."""
    return {
        Clip.Kind.MOTION: _("motion"),
        Clip.Kind.PERSON: _("a person"),
        Clip.Kind.DOORBELL: _("the doorbell"),
        Clip.Kind.MANUAL: _("recorded by hand"),
    }
