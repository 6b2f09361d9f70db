"""What operators do with a demand: enter it, confirm a colleague's, discard one that was never confirmed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.agencies.access import require_operator
from goodfences.errors import NotFound, Problem, Refused, refuse
from goodfences.ledger import actions as ledger
from goodfences.legal_demands import committing
from goodfences.legal_demands.models import DemandCount, DemandSubject, LegalDemand
from goodfences.people import access as people
from goodfences.people.models import Account
from goodfences.policy import in_force, published_problems
from goodfences.vault import blobs, keeping, keys
from goodfences.vault.keeping import delete_all
from goodfences.vault.seek import SeekableReader
from goodfences.visible import one_line, text_problems

Kind = LegalDemand.Kind
Outcome = LegalDemand.Outcome
FOLDER = "legal-demands"
COUNTED, PUBLISHED = "legal_demand.counted", "legal_demand.published"
DOCUMENT_BYTES = 20 * 1024**2
DOCUMENT_TYPES = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}
MOST_SUBJECTS = 20
LONGEST_SILENCE = timedelta(days=366)
"""An order that says longer is entered again when it is renewed: no silence without somebody who looks at it."""
_LENGTHS = {"authority": 160, "reference": 80, "scope": 2000, "handed_over": 2000, "secrecy_order": 200}
_NONE = "There is no such demand."


@dataclass(frozen=True, kw_only=True)
class Particulars:
    """A demand as it was filled in. `secret_until` has a time zone; `subjects` are addresses of accounts."""

    kind: str
    authority: str
    reference: str
    scope: str
    received_on: date
    outcome: str
    handed_over: str
    secret_until: datetime | None
    secrecy_order: str
    subjects: Sequence[str]


def enter(*, operator: Any, particulars: Particulars, document: bytes) -> LegalDemand:
    """Keep a demand with its document, sealed. Nobody is told before a second operator confirms it.

    Raises NotFound for anybody but an operator, and Refused with every problem at once.
    """
    require_operator(operator)
    accounts, problems = _accounts(particulars.subjects)
    kind = next((name for start, name in DOCUMENT_TYPES.items() if document.startswith(start)), "")
    problems = [*_problems(particulars), *problems, *_document_problems(document, kind)]
    if problems:
        raise Refused(*problems)
    key = keys.draft_key("legal_demand")
    name = f"{FOLDER}/{source.now().date()}/{source.new_ref('blob')}.age"
    keeping.keep(name, document, key)
    try:
        return _enter(operator, particulars, accounts, key, {"document_blob": name, "document_type": kind}, document)
    except BaseException:
        delete_all([name])
        raise


@transaction.atomic
def confirm(*, operator: Any, ref: str) -> LegalDemand:
    """Say that a colleague's demand is right: from here on it is counted in public, and its notice is due.

    Raises NotFound, and Refused where it is one's own or was confirmed before.
    """
    require_operator(operator)
    demand = _held(ref)
    if demand.confirmed_at is not None:
        raise refuse("legal_demand.state", "", _("It was confirmed before. Nothing was changed."))
    if demand.entered_by == operator.email:
        raise refuse("legal_demand.second", "", _("You entered it, so another operator has to confirm it."))
    now = source.now()
    demand.confirmed_by, demand.confirmed_at, demand.year = operator.email, now, now.year
    demand.slot = _free_slot(now.year)
    demand.save()
    count_if_moved(now.year)
    return demand


@transaction.atomic
def discard(*, operator: Any, ref: str) -> None:
    """Delete a demand that was entered wrongly and never confirmed. Raises NotFound, Refused."""
    require_operator(operator)
    demand = _held(ref)
    if demand.confirmed_at is not None:
        raise refuse("legal_demand.state", "", _("It was confirmed, so that it stays."))
    name, key_id = demand.document_blob, demand.key_id
    demand.delete()
    keys.destroy_many([key_id])
    transaction.on_commit(lambda: delete_all([name]))


def demand(operator: Any, ref: str) -> LegalDemand:
    """One demand, for operators alone. Raises NotFound."""
    require_operator(operator)
    found = LegalDemand.objects.select_related("key").filter(ref=ref).first()
    if found is None:
        raise NotFound(_NONE)
    return found


def demands(operator: Any) -> list[LegalDemand]:
    """All of them, those that wait first, then the newest."""
    require_operator(operator)
    found = LegalDemand.objects.order_by("-entered_at", "-pk")
    return sorted(found, key=lambda one: one.confirmed_at is not None)


def document(operator: Any, ref: str) -> bytes:
    """The document as it came. Raises NotFound."""
    found = demand(operator, ref)
    with SeekableReader(blobs.store().open(found.document_blob), keys.identity(found.key)) as reader:
        return reader.read_range(0, reader.size)


def count_if_moved(year: int) -> DemandCount | None:
    """Write the year's counts to the ledger if a band moved or a new month has begun; in the caller's transaction.

    Once a month whatever happened, from the first demand on: that there is an entry then tells nothing.
    """
    return write_count(year) if has_moved(year) else None


def has_moved(year: int) -> bool:
    """Whether the year's newest entry of counts lacks a band as it is now, or is of a month that is over."""
    last = DemandCount.objects.filter(year=year).order_by("-at", "-pk").first()
    now = source.now()
    return last is None or last.bands != bands_of(year) or (last.at.year, last.at.month) < (now.year, now.month)


def write_count(year: int) -> DemandCount:
    """Write the year's counts and commitment to the ledger, in the caller's transaction."""
    counted = LegalDemand.objects.filter(year=year)
    made = DemandCount(year=year, at=source.now(), bands=bands_of(year))
    made.leaves = {str(each.slot): committing.leaf(each) for each in counted}
    body = {
        "year": year,
        "bands": made.bands,
        "slots": committing.SLOTS,
        "commitment": committing.root(made.leaves, made.seed),
    }
    made.ledger_index = ledger.append(kind=COUNTED, subject=f"legal-demands:{year}", body=body).index
    made.save()
    ledger.sign_after_commit()
    return made


def bands_of(year: int) -> dict[str, str]:
    """By kind, how many of a year were confirmed, in bands."""
    kinds = list(LegalDemand.objects.filter(year=year).values_list("kind", flat=True))
    return {str(kind): committing.band(kinds.count(kind)) for kind in Kind.values}


@transaction.atomic
def _enter(
    operator: Any, given: Particulars, accounts: list[Account], key: Any, more: dict[str, str], document: bytes
) -> LegalDemand:
    key.save()
    made = LegalDemand.objects.create(
        kind=given.kind,
        authority=one_line(given.authority),
        reference=one_line(given.reference),
        scope=given.scope.strip(),
        received_on=given.received_on,
        outcome=given.outcome,
        handed_over=given.handed_over.strip(),
        secret_until=given.secret_until,
        secrecy_order=one_line(given.secrecy_order),
        document_sha256=hashlib.sha256(document).hexdigest(),
        key=key,
        entered_by=operator.email,
        **more,
    )
    DemandSubject.objects.bulk_create(DemandSubject(demand=made, account=account) for account in accounts)
    return made


def _held(ref: str) -> LegalDemand:
    found = LegalDemand.objects.select_for_update(no_key=True).filter(ref=ref).first()
    if found is None:
        raise NotFound(_NONE)
    return found


def _free_slot(year: int) -> int:
    taken = set(LegalDemand.objects.filter(year=year).values_list("slot", flat=True))
    free = [slot for slot in range(committing.SLOTS) if slot not in taken]
    if not free:
        raise refuse("legal_demand.slots", "", _("A year has no room for more demands than the record can hold."))
    drawn = int.from_bytes(source.random_bytes("legal_demand.slot", 8), "big")
    return free[drawn % len(free)]


def _accounts(addresses: Sequence[str]) -> tuple[list[Account], list[Problem]]:
    found: dict[int, Account] = {}
    problems = []
    for address in addresses:
        try:
            account = people.account_of(address)
            found[account.pk] = account
        except NotFound:
            message = _("Nobody here signs in with %(address)s.") % {"address": address[:100]}
            problems.append(Problem("legal_demand.subject", "subjects", message))
    if len(addresses) > MOST_SUBJECTS:
        message = _("At most %(most)d people in one demand.") % {"most": MOST_SUBJECTS}
        problems.append(Problem("legal_demand.subjects", "subjects", message))
    return list(found.values()), problems


def _problems(given: Particulars) -> list[Problem]:
    problems = []
    for field, most in _LENGTHS.items():
        problems += text_problems(getattr(given, field), field, most, lines=field in ("scope", "handed_over"))
    for field, least in (("authority", 3), ("reference", 1), ("scope", 20), ("handed_over", 10)):
        if len(getattr(given, field).strip()) < least:
            message = _("Write at least %(min)d characters here.") % {"min": least}
            problems.append(Problem(f"legal_demand.{field}", field, message))
    for field in ("authority", "scope", "handed_over"):
        problems += published_problems(getattr(given, field), field, in_force())
    if given.kind not in Kind.values:
        problems.append(Problem("legal_demand.kind", "kind", _("Choose what kind of demand it is.")))
    if given.outcome not in Outcome.values:
        problems.append(Problem("legal_demand.outcome", "outcome", _("Say what became of it.")))
    if given.received_on > source.now().date() + timedelta(days=1):
        problems.append(Problem("legal_demand.received_on", "received_on", _("That is in the future.")))
    return problems + _silence_problems(given)


def _silence_problems(given: Particulars) -> list[Problem]:
    """Nobody is kept in the dark but by a court, and never without an end."""
    if given.secret_until is None:
        if given.secrecy_order.strip():
            message = _("Say when the order of silence ends. Without an end there is none.")
            return [Problem("legal_demand.silence", "secret_until", message)]
        return []
    problems = []
    if not given.secrecy_order.strip():
        message = _("Name the court and the number of its order. Without one the people concerned are told.")
        problems.append(Problem("legal_demand.silence", "secrecy_order", message))
    if given.secret_until <= source.now():
        problems.append(Problem("legal_demand.silence", "secret_until", _("That order has ended: leave it empty.")))
    if given.secret_until > source.now() + LONGEST_SILENCE:
        message = _("At most a year. When the order is renewed, enter the renewal.")
        problems.append(Problem("legal_demand.silence", "secret_until", message))
    return problems


def _document_problems(document: bytes, kind: str) -> list[Problem]:
    if kind and len(document) <= DOCUMENT_BYTES:
        return []
    message = _("Choose the document itself: a PDF, JPEG or PNG of at most %(most)d MB.")
    return [Problem("legal_demand.document", "document", message % {"most": DOCUMENT_BYTES // 1024**2})]
