"""What officers may ask the owner of a video, who stays unknown: one question, and whether it may serve another case.

Nothing comes back unless the owner answers. That nobody answered, said no, has muted the agency or has left
looks the same (P2); the worker carries it over once the public record has it.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import transaction

from goodfences import source
from goodfences.agencies.models import AgencyAct, Officer
from goodfences.agencies.queries import policy_for
from goodfences.errors import NotFound, Refused, refuse
from goodfences.evidence import custody
from goodfences.evidence.after.locked import held, into_agency_log, publish
from goodfences.evidence.models.after import Question, Reuse
from goodfences.evidence.models.shared_video import CustodyEvent
from goodfences.policy import another_case_problems, case_key, question_problems
from goodfences.video_requests import portal as requests
from goodfences.visible import length_problems
from goodfences_record.canonical import canonical

QUESTION = (10, 500)


@transaction.atomic
def ask(*, officer: Officer, video_ref: str, text: str) -> Question:
    """Put the one question about a video to its owner, by a relay. Raises Refused with every problem, NotFound."""
    officer, video = held(officer, video_ref, requests.WRITERS)
    if Question.objects.filter(video=video).exists():
        raise refuse("question.once", "text", "Its owner was asked a question already. There is one a video.")
    policy = policy_for(officer.agency)
    problems = [*length_problems(text, "text", *QUESTION), *question_problems(text, "text", policy)]
    if problems:
        raise Refused(*problems)
    custody.record(video, CustodyEvent.Kind.ASKED, officer=officer)
    into_agency_log(AgencyAct.Kind.QUESTION_ASKED, officer, video)
    index = publish("request.question_asked", video, by=officer.shown_as)
    return Question.objects.create(video=video, officer=officer, text=text.strip(), ledger_index=index)


@transaction.atomic
def propose_reuse(*, officer: Officer, video_ref: str, case_number: str, reason: str) -> Reuse:
    """Propose to ask the owner whether a video may serve another case; a second officer opens it.

    Raises Refused with every problem, NotFound.
    """
    officer, video = held(officer, video_ref, requests.WRITERS)
    case_number, reason = case_number.strip(), reason.strip()
    problems = another_case_problems(case_number, reason, policy_for(officer.agency))
    if problems:
        raise Refused(*problems)
    key = case_key(case_number)
    if key == case_key(video.video_request.case_number):
        raise refuse("reuse.same", "case_number", "This is the case that it was shared for.")
    if Reuse.objects.filter(video=video, case_key=key).exists():
        raise refuse("reuse.once", "case_number", "Its owner is asked about each other case once.")
    into_agency_log(AgencyAct.Kind.REUSE_PROPOSED, officer, video)
    return Reuse.objects.create(video=video, officer=officer, case_number=case_number, case_key=key, reason=reason)


@transaction.atomic
def open_reuse(*, officer: Officer, video_ref: str, reuse_ref: str) -> Reuse:
    """Have the owner asked, as a second officer. Raises Refused for one's own proposal, NotFound."""
    officer, video = held(officer, video_ref)
    found = Reuse.objects.filter(video=video, ref=reuse_ref).first()
    if found is None:
        raise NotFound("There is no such proposal.")
    if found.opened_at is not None:
        return found
    if found.officer_id == officer.pk:
        raise refuse("officers.second", "approver", "You proposed this, so another officer has to open it.")
    now = source.now()
    found.approver, found.opened_at, found.expires_at = officer, now, now + policy_for(officer.agency).expiry
    into_agency_log(AgencyAct.Kind.REUSE_OPENED, officer, video)
    by = {"proposed_by": found.officer.shown_as, "approved_by": officer.shown_as}
    found.ledger_index = publish("request.reuse_asked", video, details_sha256=details_hash(found), **by)
    found.save(update_fields=["approver", "opened_at", "expires_at", "ledger_index"])
    return found


def details(reuse: Reuse) -> dict[str, Any]:
    """What the owner reads and the public doesn't, with its salt: what the public entry commits to."""
    return {"case_number": reuse.case_number, "reason": reuse.reason, "salt": reuse.salt}


def details_hash(reuse: Reuse) -> str:
    """Hexadecimal SHA-256 of the details."""
    return hashlib.sha256(canonical(details(reuse))).hexdigest()
