"""An owner asked for the deletion of what the agency has downloaded: it answers, in public."""

from __future__ import annotations

from django.db import transaction

from goodfences import source
from goodfences.agencies.models import AgencyAct, Officer
from goodfences.agencies.queries import policy_for
from goodfences.errors import NotFound, Problem, Refused, refuse
from goodfences.evidence import custody
from goodfences.evidence.after.holding import in_force
from goodfences.evidence.after.locked import held, into_agency_log, publish, timestamp
from goodfences.evidence.models.after import DeletionRequest
from goodfences.evidence.models.shared_video import CustodyEvent
from goodfences.policy import published_problems
from goodfences.visible import length_problems

WHY, LAW = (10, 500), (3, 200)
Answer = DeletionRequest.Answer


@transaction.atomic
def answer(*, officer: Officer, video_ref: str, answer: str, why: str, law: str = "") -> DeletionRequest:
    """Say that every copy is deleted, and how; or that it is kept, why, and by which law. Published, and final.

    Of a deleted one the sealed copy that is kept here goes too, at once. Raises Refused with every problem, for a
    video on hold that is said to be deleted, and for a second answer; NotFound, also where nobody asked.
    """
    officer, video = held(officer, video_ref)
    found = DeletionRequest.objects.select_for_update(no_key=True).filter(video=video).first()
    if found is None:
        raise NotFound("Nobody asked for this.")
    if found.answer:
        raise refuse("deletion.answered", "answer", "This was answered already, and the answer is public.")
    why, law = why.strip(), law.strip() if answer == Answer.KEPT else ""
    problems = [*length_problems(why, "why", *WHY), *published_problems(why, "why", policy_for(officer.agency))]
    if answer not in Answer.values:
        problems.append(Problem("deletion.answer", "answer", "Choose: deleted, or kept.", value=answer[:40]))
    if answer == Answer.KEPT:
        problems += length_problems(law, "law", *LAW)
    if answer == Answer.DELETED and in_force(video) is not None:
        problems.append(
            Problem("deletion.held", "answer", "It is on legal hold. Lift the hold before you delete it.")
        )
    if problems:
        raise Refused(*problems)
    now = source.now()
    found.answer, found.why, found.law, found.answered_at, found.officer = answer, why, law, now, officer
    if answer == Answer.DELETED and video.destroyed_at is None:
        video.keep_until = now
        video.save(update_fields=["keep_until"])
    said = {"answer": answer, "why": why, "law": law}
    custody.record(video, CustodyEvent.Kind.DELETION_ANSWERED, officer=officer, details=said)
    into_agency_log(AgencyAct.Kind.DELETION_ANSWERED, officer, video)
    times = {"asked_on": f"{found.asked_at:%Y-%m-%d}", "due_at": timestamp(found.due_at)}
    found.ledger_index = publish("request.deletion_answered", video, by=officer.shown_as, **said, **times)
    found.save(update_fields=["answer", "why", "law", "answered_at", "officer", "ledger_index"])
    return found
