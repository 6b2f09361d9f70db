"""What an agency's officers do about warnings: one writes, a second one issues; either calls off, alone and at once.

A false alarm harms whom it reaches, and so does a day on which nobody was told that it was one. Of whom a warning
reached, no officer learns anything (P2): what they see is a function of their own acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from goodfences import source
from goodfences.agencies import access
from goodfences.agencies.log import record
from goodfences.agencies.models import AgencyAct, Officer
from goodfences.agencies.queries import policy_for
from goodfences.alerts import entries, own, public
from goodfences.alerts.cap import message as cap
from goodfences.alerts.models import AgencyWarning, OfficialWarning
from goodfences.errors import NotFound, Problem, Refused, refuse
from goodfences.ledger import actions as ledger
from goodfences.policy import part_of_town_problems, published_problems
from goodfences.rows import the_row
from goodfences.visible import one_line, text_problems

State = AgencyWarning.State
Role = Officer.Role
Act = AgencyAct.Kind

WRITERS = (Role.REQUESTER, Role.APPROVER, Role.ADMIN)
ISSUERS = (Role.APPROVER, Role.ADMIN)
MOST_WAITING = 5
WAITS = timedelta(days=1)
"""A warning that nobody issued for so long is no warning any more."""
WHY = (10, 500)
HOUSE = "text.address"
_NONE = "There is no such warning."


@dataclass(frozen=True)
class Powers:
    """What an officer may do with one warning now."""

    issue: bool
    discard: bool
    update: bool
    call_off: bool


def may_write(officer: Officer) -> bool:
    """Whether the officer's role writes warnings; an auditor reads them."""
    return officer.role in WRITERS


def warnings_of(officer: Officer) -> QuerySet[AgencyWarning]:
    """The agency's warnings, the newest first; those that wait for a second officer, too."""
    found = AgencyWarning.objects.filter(agency_id=officer.agency_id)
    people = ("writer", "issuer", "called_off_by")
    return found.select_related("agency", "warning", "replaces__warning", *people).order_by("-submitted_at", "-ref")


def warning(officer: Officer, ref: str) -> AgencyWarning:
    """One warning of the officer's agency. Raises NotFound."""
    found = the_row(warnings_of(officer).filter(ref=ref))
    if found is None:
        raise NotFound(_NONE)
    return found


def holds(one: AgencyWarning) -> bool:
    """Whether it was issued, and is in force now."""
    return one.warning is not None and public.is_in_force(one.warning)


def powers(officer: Officer, one: AgencyWarning) -> Powers:
    """What this officer may do with this warning of the own agency."""
    issuer, own_one = officer.role in ISSUERS, one.writer_id == officer.pk and may_write(officer)
    waits = one.state == State.SUBMITTED
    return Powers(
        issue=waits and issuer and not access.is_same_person(officer, one.writer),
        discard=waits and (issuer or own_one),
        update=holds(one) and may_write(officer),
        call_off=holds(one) and (issuer or own_one),
    )


@transaction.atomic
def submit(*, officer: Officer, given: own.Particulars, replaces: str = "") -> AgencyWarning:
    """Write a warning, or with `replaces` what takes the place of one in force. A second officer issues it.

    Raises Refused with every problem, NotFound.
    """
    acting = access.acting(officer)
    if not may_write(acting):
        raise NotFound(_NONE)
    earlier = warning(acting, replaces) if replaces else None
    if found := _all_problems(acting, given, earlier):
        raise Refused(*found)
    assert given.expires_at is not None
    written = AgencyWarning.objects.create(
        agency=acting.agency,
        writer=acting,
        replaces=earlier,
        words=[{name: text.strip() for name, text in asdict(words).items()} for words in given.words],
        area_name=one_line(given.area_name),
        cells=list(given.cells),
        expires_at=given.expires_at,
        **{name: getattr(given, name) for name in ("category", "severity", "urgency", "certainty")},
    )
    _log(Act.WARNING_SUBMITTED, acting, written)
    return written


@transaction.atomic
def discard(*, officer: Officer, ref: str) -> None:
    """Drop a warning that waits: nothing of it was public. Raises Refused once it was issued, NotFound."""
    acting = access.acting(officer)
    held = _held(acting, ref)
    if not powers(acting, held).discard:
        raise _not_now(held, State.SUBMITTED)
    _log(Act.WARNING_DISCARDED, acting, held, ref="")
    held.delete()


@transaction.atomic
def issue(*, officer: Officer, ref: str) -> AgencyWarning:
    """Issue a colleague's warning: the row, the message and its public ledger entry, in one transaction (P5).

    Raises Refused, NotFound.
    """
    acting = access.acting(officer)
    held = _held(acting, ref)
    if acting.role not in ISSUERS:
        raise NotFound(_NONE)
    if held.state != State.SUBMITTED:
        raise _not_now(held, State.SUBMITTED)
    if access.is_same_person(acting, held.writer):
        raise refuse("officers.second", "issuer", "You wrote this warning, so another officer has to issue it.")
    given = particulars(held)
    if found := _all_problems(held.writer, given, held.replaces, held):
        raise Refused(*found)
    now = source.now()
    replaced = held.replaces.warning if held.replaces else None
    told = own.infos(given, held.agency.name)
    kind = "Update" if replaced else "Alert"
    held.warning = own.send(told, kind=kind, ends=replaced, agency=held.agency, ref=held.ref)
    held.state, held.issuer, held.issued_at = State.ISSUED, acting, now
    _log(Act.WARNING_ISSUED, acting, held)
    held.ledger_index = _append(held, "warning.issued", entries.issued(held, held.warning))
    held.save()
    return held


@transaction.atomic
def call_off(*, officer: Officer, ref: str, why: str, why_es: str = "") -> AgencyWarning:
    """End a warning in force before its time, for a public reason in English and, if given, in Spanish.

    One officer does it alone: an alarm that is false or over must not wait. Raises Refused, NotFound.
    """
    acting = access.acting(officer)
    held = _held(acting, ref)
    if not powers(acting, held).call_off:
        raise _not_now(held, State.ISSUED)
    reasons = {"en": why.strip(), "es": why_es.strip()}
    if found := _why_problems(acting, reasons):
        raise Refused(*found)
    assert held.warning is not None
    ended = own.send(_ending(held, reasons), kind="Cancel", ends=held.warning, agency=held.agency)
    held.called_off_at, held.called_off_by, held.called_off_why = source.now(), acting, reasons["en"]
    _log(Act.WARNING_CALLED_OFF, acting, held)
    held.end_ledger_index = _append(held, "warning.called_off", entries.called_off(held, ended))
    held.save()
    return held


def particulars(one: AgencyWarning) -> own.Particulars:
    """What was written."""
    names = ("category", "severity", "urgency", "certainty", "expires_at", "area_name")
    words = tuple(own.Words(**words) for words in one.words)
    return own.Particulars(words=words, cells=tuple(one.cells), **{name: getattr(one, name) for name in names})


def discard_stale(limit: int) -> int:
    """Drop at most `limit` warnings that nobody issued for a day. Returns how many."""
    stale = AgencyWarning.objects.filter(state=State.SUBMITTED, submitted_at__lt=source.now() - WAITS)
    return sum(_discard_one(pk) for pk in list(stale.order_by("pk").values_list("pk", flat=True)[:limit]))


@transaction.atomic
def _discard_one(pk: int) -> bool:
    held = AgencyWarning.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk, state=State.SUBMITTED)
    for one in held.select_related("agency"):
        record(Act.WARNING_DISCARDED, agency=one.agency, about=one.headline)
        one.delete()
        return True
    return False


def _all_problems(
    officer: Officer, given: own.Particulars, earlier: AgencyWarning | None, written: AgencyWarning | None = None
) -> list[Problem]:
    found = own.problems(given)
    policy = policy_for(officer.agency)
    for words in given.words:
        suffix = "" if words.language == "en" else f"_{words.language}"
        for name in ("event", "headline", "description", "instruction"):
            told = published_problems(getattr(words, name), name + suffix, policy)
            # Where to go is an address: of a shelter, a bridge, a school.
            found += [one for one in told if name != "instruction" or one.rule != HOUSE]
    found += part_of_town_problems(given.cells, "area", officer.agency.area)
    if earlier is not None and not holds(earlier):
        message = "The warning that this one updates isn't in force any more. Write a new warning instead."
        found.append(Problem("warning.replaces", "", message))
    if written is None and _waiting(officer) >= MOST_WAITING:
        message = f"{MOST_WAITING} warnings of your agency wait to be issued. Issue or discard them first."
        found.append(Problem("warning.waiting", "", message, limit=str(MOST_WAITING)))
    return list(dict.fromkeys(found))


def _waiting(officer: Officer) -> int:
    return AgencyWarning.objects.filter(agency_id=officer.agency_id, state=State.SUBMITTED).count()


def _why_problems(officer: Officer, reasons: Mapping[str, str]) -> list[Problem]:
    low, high = WHY
    found = []
    if not low <= len(reasons["en"]) <= high:
        message = f"Say in {low} to {high} characters why it is over: everybody who was warned reads it."
        found.append(Problem("warning.why", "why", message, limit=f"{low} to {high} characters"))
    for language, field in (("en", "why"), ("es", "why_es")):
        found += text_problems(reasons[language], field, high, lines=True)
        found += published_problems(reasons[language], field, policy_for(officer.agency))
    return list(dict.fromkeys(found))


def _ending(held: AgencyWarning, reasons: Mapping[str, str]) -> tuple[cap.Info, ...]:
    """What the end says: under the same headline, why; that nothing has to be done any more."""
    words = [one for one in held.words if reasons.get(one["language"])]
    return tuple(
        cap.Info(
            language=own.tag(one["language"]),
            categories=(held.category,),
            event=one["event"],
            urgency="Past",
            severity="Minor",
            certainty="Observed",
            sender_name=held.agency.name,
            headline=one["headline"],
            description=reasons[one["language"]],
        )
        for one in words
    )


def _append(held: AgencyWarning, kind: str, body: dict[str, Any]) -> int:
    index: int = ledger.append(kind=kind, subject=f"warning:{held.ref}", body=body).index
    ledger.sign_after_commit()
    return index


def _held(officer: Officer, ref: str) -> AgencyWarning:
    """A warning of the own agency, locked until the open transaction ends. Raises NotFound."""
    pk = warning(officer, ref).pk
    AgencyWarning.objects.select_for_update(no_key=True).get(pk=pk)
    held = warnings_of(officer).get(pk=pk)
    if held.warning is not None:
        held.warning = OfficialWarning.objects.select_for_update(no_key=True).get(pk=held.warning.pk)
    return held


def _not_now(held: AgencyWarning, wanted: str) -> Refused | NotFound:
    if held.state != wanted or (wanted == State.ISSUED and not holds(held)):
        return refuse("warning.state", "state", "This warning isn't as it was when you opened its page. Look again.")
    return NotFound(_NONE)


def _log(kind: AgencyAct.Kind, acting: Officer, one: AgencyWarning, *, ref: str | None = None) -> None:
    record(kind, agency=acting.agency, officer=acting, about=one.headline, ref=one.ref if ref is None else ref)
