"""What an operator decides about who may warn here, and the worker's look at feeds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.agencies import access
from goodfences.alerts import feeds, fetching, own, signing, taking
from goodfences.alerts.models import OfficialWarning, SeenFile, WarningSource
from goodfences.errors import NotFound, Problem, Refused, refuse
from goodfences.visible import hidden_problems
from goodfences.work.taking import take

EVERY = timedelta(minutes=2)
"""How often a feed is looked at."""
AFTER_TROUBLE = timedelta(minutes=10)
CLAIM = timedelta(minutes=20)
"""A feed that a worker looks at is another's again after so long."""
AT_ONCE = 60
"""Files of one feed that are fetched in one look."""
MAX_SENDERS = 50

Kind = WarningSource.Kind


@transaction.atomic
def register(
    *,
    operator: Any,
    name: str,
    kind: str,
    senders: Iterable[str],
    url: str = "",
    hosts: Iterable[str] = (),
    certificate: str = "",
    covers_all: bool = False,
) -> WarningSource:
    """Take warnings of these senders from now on: from files that an operator imports, or from a feed at `url`.

    Raises `Refused` with every problem.
    """
    access.require_operator(operator)
    given = {
        "name": name.strip(),
        "kind": kind,
        "senders": list(dict.fromkeys(each.strip() for each in senders if each.strip())),
        "url": url.strip(),
        "hosts": list(dict.fromkeys(each.strip().lower().rstrip(".") for each in hosts if each.strip())),
        "certificate": certificate.strip(),
        "covers_all": covers_all,
    }
    if problems := _problems(given):
        raise Refused(*problems)
    look_at = source.now() if kind == Kind.FEED else None
    return WarningSource.objects.create(**given, created_at=source.now(), next_look_at=look_at)


@transaction.atomic
def stop(*, operator: Any, ref: str) -> WarningSource:
    """Take nothing more from it; what is in force from it ends, and whoever was told of it hears so."""
    access.require_operator(operator)
    found = WarningSource.objects.select_for_update(no_key=True).filter(ref=ref, stopped_at=None).first()
    if found is None or found.kind == Kind.OWN:
        raise NotFound
    now = source.now()
    found.stopped_at, found.next_look_at = now, None
    found.save(update_fields=["stopped_at", "next_look_at"])
    held = OfficialWarning.objects.select_for_update(no_key=True).filter(origin=found, ended_at=None)
    for warning in held.order_by("pk"):
        warning.ended_at = now
        if warning.expires_at > now and not warning.is_test:
            warning.ended_by = own.drop(warning)
        warning.save(update_fields=["ended_at", "ended_by"])
    return found


def import_file(*, name: str, data: bytes) -> OfficialWarning | None:
    """Take one file for the source of this name, on the word of whoever runs this machine; None if it was there.

    Raises `Refused` for a name that isn't a source's, and as `taking.take` does.
    """
    found = WarningSource.objects.filter(name=name, stopped_at=None).exclude(kind=Kind.OWN).first()
    if found is None:
        names = ", ".join(
            WarningSource.objects.filter(stopped_at=None).exclude(kind=Kind.OWN).values_list("name", flat=True)
        )
        raise refuse("warning.source", "source", f"There is no source {name!r}. There are: {names or 'none'}.")
    return taking.take(origin=found, data=data)


def look_at_feeds(limit: int) -> int:
    """Look at feeds whose time has come. Returns how many that were."""
    now = source.now()
    due = WarningSource.objects.filter(kind=Kind.FEED, stopped_at=None, next_look_at__lte=now)
    taken = take(due.order_by("next_look_at", "pk"), limit, {"next_look_at": now + CLAIM})
    for origin in taken:
        _look(origin)
    return len(taken)


def _look(origin: WarningSource) -> None:
    rows = WarningSource.objects.filter(pk=origin.pk, stopped_at=None)
    try:
        etag = _take_all(origin)
    except Refused as refused:
        rows.update(error=str(refused)[:300], next_look_at=source.now() + AFTER_TROUBLE)
        return
    now = source.now()
    rows.update(error="", looked_at=now, next_look_at=now + EVERY, etag=etag)


def _take_all(origin: WarningSource) -> str:
    """Take what the feed names and wasn't taken; the answer is the feed's version, once all of it was looked at."""
    hosts = hosts_of(origin)
    answer = fetching.fetch(origin.url, hosts=hosts, etag=origin.etag, most=fetching.MAX_FEED_BYTES)
    if answer.data is None:
        return origin.etag
    named = feeds.files_of(answer.data, origin.url)
    if named is None:
        taking.take(origin=origin, data=answer.data)
        return answer.etag
    seen = dict(SeenFile.objects.filter(origin=origin).values_list("url", "version"))
    fresh = [one for one in named if seen.get(one.url) != one.version]
    missing = [one for one in fresh[:AT_ONCE] if not _take_one(origin, one, hosts)]
    SeenFile.objects.filter(origin=origin).exclude(url__in=[one.url for one in named]).delete()
    # Without the version the whole feed comes again at the next look, and with it what is still to be fetched.
    return answer.etag if len(fresh) <= AT_ONCE and not missing else ""


def _take_one(origin: WarningSource, named: feeds.Named, hosts: list[str]) -> bool:
    """Whether the file is dealt with; False where it couldn't be fetched.

    One bad file must not stand in the way of the others: what is wrong with it is kept for the operator.
    """
    if len(named.url) > 500:
        return True
    problem = ""
    try:
        data = fetching.fetch(named.url, hosts=hosts).data
        assert data is not None
        taking.take(origin=origin, data=data)
    except Refused as refused:
        problem = str(refused)[:300]
        if refused.problems[0].rule == "warning.fetch" and fetching.may_fetch(named.url, hosts):
            return False
    SeenFile.objects.update_or_create(
        origin=origin,
        url=named.url,
        defaults={"version": named.version, "problem": problem, "seen_at": source.now()},
    )
    return True


def hosts_of(origin: WarningSource) -> list[str]:
    return [fetching.host_of(origin.url), *origin.hosts]


def _problems(given: dict[str, Any]) -> list[Problem]:
    found = hidden_problems(given["name"], "name")
    if not 1 <= len(given["name"]) <= 80:
        found.append(Problem("source.name", "name", _("Say who warns, in 1 to 80 letters.")))
    if WarningSource.objects.filter(name=given["name"]).exists():
        found.append(Problem("source.name", "name", _("There is a source of this name.")))
    if not 1 <= len(given["senders"]) <= MAX_SENDERS or any(len(each) > 200 for each in given["senders"]):
        found.append(Problem("source.senders", "senders", _("Name the senders whose messages are taken, 1 to 50.")))
    if given["kind"] == Kind.FEED:
        if not fetching.may_fetch(given["url"], [fetching.host_of(given["url"])]):
            found.append(Problem("source.url", "url", _("Give an https address with a public name.")))
    elif given["kind"] != Kind.FILE or given["url"]:
        found.append(Problem("source.kind", "kind", _("Choose a feed with an address, or files without one.")))
    if given["certificate"] and (trouble := signing.certificate_problem(given["certificate"])):
        found.append(Problem("source.certificate", "certificate", trouble))
    return found
