"""What the pages of a household's days read. Costs what is shown, however many clips a home has."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, Count, Func, Max, Q, QuerySet
from django.utils.translation import gettext as _

from goodfences.cameras.models import Camera
from goodfences.clips.models import Clip
from goodfences.clips.words import label_words, words_of

MOST_TERMS = 6
"""Words of a search that count."""
_MOST_WAYS = 4

_KEPT = Q(state=Clip.State.STORED)
_WATCHABLE = Q(state=Clip.State.STORED, checked_at__isnull=False)
_REFUSED = Q(state=Clip.State.DELETED) & ~Q(refusal="")


@dataclass(frozen=True)
class Term:
    """One word of a search. A clip has it whose note or label has a word that begins so, or whose camera, kind or
    label is called so in the reader's language."""

    begins: str
    cameras: frozenset[int]
    kinds: frozenset[str]
    labels: frozenset[str] = frozenset()

    @property
    def in_words(self) -> Q:
        found = Q(words__contains=f" {self.begins}")
        for label in sorted(self.labels):
            found |= Q(words__contains=f" {label}")
        # Said twice, so that a database sees that the index of what has words at all will do.
        return found & Q(words__isnull=False)


@dataclass(frozen=True)
class Wanted:
    """Which clips somebody wants to see: of these cameras, and of what else isn't empty."""

    cameras: Collection[int]
    kind: str = ""
    label: str = ""
    only: str = ""
    """`starred` or `saved`."""
    terms: tuple[Term, ...] = field(default=())

    def of_camera(self, camera_id: int) -> list[Q]:
        """What to look for among one camera's clips: any of these. Each by itself finds its way by an index."""
        ways = [self._filters & Q(camera_id=camera_id)]
        for term in self.terms:
            if camera_id in term.cameras:
                continue
            if not term.kinds:
                ways = [way & term.in_words for way in ways]
            elif len(ways) < _MOST_WAYS:
                ways = [way & each for way in ways for each in (term.in_words, Q(kind__in=term.kinds))]
            else:
                ways = [way & (term.in_words | Q(kind__in=term.kinds)) for way in ways]
        return ways

    @property
    def _filters(self) -> Q:
        found = Q()
        if self.kind:
            found &= Q(kind=self.kind)
        if self.label:
            found &= Q(label=self.label)
        if self.only == "starred":
            found &= Q(starred_at__isnull=False)
        if self.only == "saved":
            found &= Q(saved_at__isnull=False)
        return found

    @property
    def of_cameras(self) -> Q:
        """All of them at once, without words."""
        return self._filters & Q(camera_id__in=self.cameras)


class Slot(NamedTuple):
    """A part of a day in which clips of a camera begin; they go on into the part `last`."""

    first: int
    last: int
    clips: int


class _Seconds(Func):
    """A time as whole seconds since 1970."""

    output_field = BigIntegerField()
    template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s))::bigint"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(
            compiler, connection, template="CAST(strftime('%%%%s', %(expressions)s) AS INTEGER)", **context
        )


def terms_of(text: str, cameras: Iterable[Camera]) -> tuple[Term, ...]:
    """The words of a search, and which of these cameras and of the kinds are called so."""
    names = {camera.pk: words_of(camera.name) or "" for camera in cameras}
    kinds = {kind: words_of(words) or "" for kind, words in _kinds().items()}
    labels = {label: words_of(words) or "" for label, words in label_words().items()}
    found = []
    for word in (words_of(text) or "").split()[:MOST_TERMS]:
        here = frozenset(pk for pk, name in names.items() if f" {word}" in name)
        so = frozenset(kind for kind, words in kinds.items() if f" {word}" in words and len(word) > 1)
        shown = frozenset(label for label, words in labels.items() if f" {word}" in words and len(word) > 1)
        found.append(Term(word, here, so, shown))
    return tuple(found)


def slots(wanted: Wanted, starts_at: datetime, ends_at: datetime, parts: int) -> dict[int, list[Slot]]:
    """Where the watchable clips are that begin in [starts_at, ends_at), cut into `parts`, by camera, in order.

    Counted by the database: however many clips there are, at most `parts` rows a camera are read.
    """
    begins, whole = int(starts_at.timestamp()), int((ends_at - starts_at).total_seconds())
    found = _watchable().filter(wanted.of_cameras, starts_at__gte=starts_at, starts_at__lt=ends_at)
    first = (_Seconds("starts_at") - begins) * parts / whole
    grouped = found.annotate(first=first).values("camera_id", "first").order_by()
    rows = grouped.annotate(ends=Max(_Seconds("ends_at")), clips=Count("pk"))
    by_camera: dict[int, list[Slot]] = {}
    for camera_id, slot, ends, clips in rows.values_list("camera_id", "first", "ends", "clips"):
        last = min((ends - begins) * parts // whole, parts - 1)
        by_camera.setdefault(camera_id, []).append(Slot(slot, last, clips))
    return {camera_id: sorted(some) for camera_id, some in by_camera.items()}


def of_day(
    wanted: Wanted, starts_at: datetime, ends_at: datetime, count: int, before: datetime | None = None
) -> list[Clip]:
    """At most `count` clips that begin in the time, newest first; of those before `before`, if it is given.

    Those still to be checked and those refused (with their `refusal`) are among them: their people are told.
    """
    ends_at = ends_at if before is None else min(before, ends_at)
    told = Clip.objects.filter(_KEPT | _REFUSED, starts_at__gte=starts_at, starts_at__lt=ends_at)
    return _newest_of_each(told, wanted, count)


def newest(wanted: Wanted, count: int, before: datetime | None = None) -> list[Clip]:
    """At most `count` watchable clips of any day, newest first; those that begin before `before`, if it is given."""
    found = _watchable()
    return _newest_of_each(found if before is None else found.filter(starts_at__lt=before), wanted, count)


def _newest_of_each(clips: QuerySet[Clip], wanted: Wanted, count: int) -> list[Clip]:
    """Camera by camera, each from its own end of the index: for several at once a database would sort all of them."""
    found: set[tuple[datetime, int]] = set()
    for camera in wanted.cameras:
        for way in wanted.of_camera(camera):
            some = clips.filter(way).order_by("-starts_at", "-pk").values_list("starts_at", "pk")[:count]
            found.update(some)
    pks = [pk for _, pk in sorted(found, reverse=True)[:count]]
    return list(Clip.objects.select_related("camera").filter(pk__in=pks).order_by("-starts_at", "-pk"))


def labels(camera_ids: Collection[int]) -> list[str]:
    """The words that clips of these cameras are labeled with, in order."""
    found = Clip.objects.filter(camera_id__in=camera_ids).exclude(label="")
    return sorted(found.values_list("label", flat=True).distinct().order_by(), key=str.casefold)


def latest_start(camera_ids: Collection[int]) -> datetime | None:
    """When the newest clip of these cameras that can be watched begins."""
    found = newest(Wanted(camera_ids), 1)
    return found[0].starts_at if found else None


def nearest(wanted: Wanted, camera_id: int, at: datetime) -> Clip | None:
    """The camera's clip that goes on at that time, or else the one that begins or ended nearest to it.

    By kind, label and marks, not by words: a day is narrowed by those alone.
    """
    (way, *_words) = Wanted([camera_id], wanted.kind, wanted.label, wanted.only).of_camera(camera_id)
    found = _watchable().filter(way).select_related("camera")
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
