"""What officers do with a public appeal: write it, open or reject a colleague's, close it."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from goodfences import source
from goodfences.agencies import access
from goodfences.agencies.log import record
from goodfences.agencies.models import Agency, AgencyAct, Officer
from goodfences.agencies.queries import agreement_in_force, policy_for
from goodfences.appeals import entries, portal
from goodfences.appeals.models import Appeal, HandIn
from goodfences.appeals.rules import AppealFields, all_problems
from goodfences.errors import NotFound, Problem, Refused, refuse
from goodfences.feed import portal as feed
from goodfences.ledger import actions as ledger
from goodfences.policy import case_key, in_force, published_reason
from goodfences.video_requests.publication import policy_is_published
from goodfences.visible import one_line

State = Appeal.State
Kind = AgencyAct.Kind
_NONE = "There is no such appeal."


@transaction.atomic
def submit(*, officer: Officer, fields: AppealFields) -> Appeal:
    """Write an appeal; a second officer opens it. Raises Refused with every broken rule at once, NotFound."""
    acting = access.acting(officer)
    if not portal.may_write(acting):
        raise NotFound("Your role writes no appeals.")
    if problems := all_problems(fields, officer=acting):
        raise Refused(*problems)
    appeal = Appeal.objects.create(
        agency=acting.agency,
        writer=acting,
        case_number=fields.case_number.strip(),
        case_key=case_key(fields.case_number)[:40],
        incident_type=fields.incident_type,
        title=one_line(fields.title),
        words=fields.words.strip(),
        why_public=fields.why_public.strip(),
        place_name=one_line(fields.place_name),
        place_cells=sorted(fields.place_cells),
        starts_at=fields.starts_at,
        ends_at=fields.ends_at,
        time_zone=acting.agency.time_zone,
        policy_hash=in_force().hash,
    )
    _log(Kind.APPEAL_SUBMITTED, acting, appeal)
    return appeal


@transaction.atomic
def take_back(*, officer: Officer, ref: str) -> None:
    """Delete an appeal of one's own that waits: nothing of it was published. Raises Refused, NotFound."""
    acting = access.acting(officer)
    appeal = _held(acting, ref)
    if appeal.writer_id != acting.pk:
        raise NotFound(_NONE)
    _need(appeal, State.SUBMITTED, "take back")
    _log(Kind.APPEAL_TAKEN_BACK, acting, appeal, ref="")
    appeal.delete()


@transaction.atomic
def approve(*, officer: Officer, ref: str) -> Appeal:
    """Open a colleague's appeal: the row, its public ledger entry and its post in the feed, in one transaction (P5).

    Nothing can be handed in before the entry is signed. Raises Refused, NotFound.
    """
    acting = access.acting(officer)
    appeal = _to_decide(acting, ref, "open")
    problems = all_problems(fields_of(appeal), officer=appeal.writer, approver=acting, appeal=appeal)
    if problems:
        raise Refused(*problems)
    if not policy_is_published():
        message = "The rules in force aren't in the public ledger yet. Nothing was lost: try again in a minute."
        raise refuse("policy.unpublished", "policy", message)
    now = source.now()
    appeal.state, appeal.approver, appeal.opened_at = State.OPEN, acting, now
    appeal.expires_at = now + policy_for(acting.agency).expiry
    appeal.policy_hash = in_force().hash
    _log(Kind.APPEAL_OPENED, acting, appeal)
    if settings.NEWS:
        appeal.feed_post = _post(acting, appeal)
    body = entries.opened(appeal, agreement_ref=agreement_in_force(acting.agency).ref)
    appeal.ledger_index = ledger.append(kind="appeal.opened", subject=entries.subject(appeal), body=body).index
    appeal.save()
    ledger.sign_after_commit()
    return appeal


@transaction.atomic
def reject(*, officer: Officer, ref: str, reason: str) -> Appeal:
    """Refuse a colleague's appeal, for a published reason of 10 to 500 characters. Raises Refused, NotFound."""
    acting = access.acting(officer)
    appeal = _to_decide(acting, ref, "reject")
    policy = policy_for(acting.agency)
    reason = published_reason(reason, "why you reject it", "rejection_reason", policy, rule="rejection.reason")
    appeal.state, appeal.approver, appeal.rejection_reason = State.REJECTED, acting, reason
    appeal.ended_at = source.now()
    _log(Kind.APPEAL_REJECTED, acting, appeal)
    body = entries.rejected(appeal)
    appeal.ledger_index = ledger.append(kind="appeal.rejected", subject=entries.subject(appeal), body=body).index
    appeal.save()
    ledger.sign_after_commit()
    return appeal


@transaction.atomic
def close(*, officer: Officer, ref: str) -> Appeal:
    """End an open appeal: nothing more can be handed in. Raises Refused unless it is open, NotFound."""
    acting = access.acting(officer)
    appeal = _held(acting, ref)
    if not portal.powers(acting, appeal).close and appeal.state == State.OPEN:
        raise NotFound(_NONE)
    _need(appeal, State.OPEN, "close")
    return _end(appeal, how="closed", officer=acting)


def end_due(limit: int) -> int:
    """Close at most `limit` appeals whose time is over, or whose agency was suspended. Returns how many."""
    now = source.now()
    going = Appeal.objects.filter(state=State.OPEN)
    over = list(going.filter(expires_at__lte=now).order_by("expires_at")[:limit])
    stopped = list(going.filter(agency__suspended_at__isnull=False).order_by("pk")[:limit])
    return sum(_end_one(pk) for pk in {appeal.pk for appeal in [*over, *stopped]})


def fields_of(appeal: Appeal) -> AppealFields:
    """What was filled in."""
    names = ("case_number", "incident_type", "title", "words", "why_public", "place_name", "place_cells")
    return AppealFields(
        **{name: getattr(appeal, name) for name in names}, starts_at=appeal.starts_at, ends_at=appeal.ends_at
    )


@transaction.atomic
def _end_one(pk: int) -> bool:
    held = Appeal.objects.select_for_update(no_key=True).filter(pk=pk, state=State.OPEN).first()
    if held is None:
        return False
    held.agency = Agency.objects.get(pk=held.agency_id)
    _end(held, how="expired" if held.agency.suspended_at is None else "suspended", officer=None)
    return True


def _end(appeal: Appeal, *, how: str, officer: Officer | None) -> Appeal:
    appeal.state, appeal.ended_at = State.CLOSED, source.now()
    record(Kind.APPEAL_CLOSED, agency=appeal.agency, officer=officer, about=appeal.case_number, ref=appeal.ref)
    videos = HandIn.objects.filter(appeal=appeal, state=HandIn.State.KEPT).count()
    body = entries.closed(appeal, how=how, officer=officer, videos=videos)
    appeal.end_ledger_index = ledger.append(kind="appeal.closed", subject=entries.subject(appeal), body=body).index
    appeal.save(update_fields=["state", "ended_at", "end_ledger_index"])
    ledger.sign_after_commit()
    return appeal


def _post(acting: Officer, appeal: Appeal) -> str:
    """Its post among the neighbors, with the way to hand something in. Raises Refused where their rules refuse it."""
    where = settings.SITE_URL + reverse("public:video_appeal", args=[appeal.ref])
    text = f"{appeal.words}\n\n{where}"
    try:
        return feed.write_post(officer=acting, kind="crime", title=appeal.title, text=text).ref
    except Refused as refused:
        raise Refused(*[Problem(one.rule, "words", one.message) for one in refused.problems]) from refused


def _held(officer: Officer, ref: str) -> Appeal:
    """An appeal of the own agency, locked until the open transaction ends. Raises NotFound."""
    pk = portal.appeal(officer, ref).pk
    locked = Appeal.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("agency", "writer", "approver").get(pk=pk)


def _to_decide(acting: Officer, ref: str, to: str) -> Appeal:
    appeal = _held(acting, ref)
    if acting.role not in portal.APPROVERS:
        raise NotFound(_NONE)
    _need(appeal, State.SUBMITTED, to)
    if appeal.writer_id == acting.pk:
        raise refuse("officers.second", "approver", f"You wrote this appeal, so another officer has to {to} it.")
    return appeal


def _need(appeal: Appeal, wanted: Appeal.State, to: str) -> None:
    if appeal.state != wanted:
        label = State(appeal.state).label.lower()
        message = f"You can {to} an appeal that is {wanted.label.lower()}; this one is {label}. Nothing was changed."
        raise refuse("appeal.state", "state", message, limit=wanted.label.lower(), value=label)


def _log(kind: AgencyAct.Kind, acting: Officer, appeal: Appeal, *, ref: str | None = None) -> None:
    about = appeal.case_number
    record(kind, agency=acting.agency, officer=acting, about=about, ref=appeal.ref if ref is None else ref)
